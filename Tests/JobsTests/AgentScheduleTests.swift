import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("agents' own schedules", .serialized, .timeLimit(.minutes(2)))
struct AgentScheduleTests {
    static let database = SuiteDatabase(migrated: true)

    /// Makes the fixture's agent a scheduled one.
    private func schedule(_ fixture: QueueFixture, _ cron: String = "0 9 * * *") async throws {
        try await fixture.connection.query(
            """
            UPDATE agents SET mode = 'scheduled', status = 'active', schedule_enabled = true,
                schedule_cron = $1, timezone = 'Asia/Tokyo', next_run = NULL
            """, [.text(cron)])
        _ = try await fixture.queue.tick(limit: 10)
    }

    private func makeDue(_ fixture: QueueFixture) async throws {
        try await fixture.connection.query(
            "UPDATE schedules SET next_at = date_trunc('minute', now())")
    }

    @Test("a scheduled agent runs as its workflow says, and shows its last and next run")
    func runs() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await schedule(fixture)
            let shown = try await fixture.row(
                """
                SELECT a.next_run = s.next_at AS same, a.next_run AT TIME ZONE 'Asia/Tokyo' AS local,
                    s.name, s.follows_agent FROM agents a JOIN schedules s ON s.agent_id = a.id
                """)
            #expect(shown["same"] == true && shown["follows_agent"] == true)
            #expect(shown["local"]?.stringValue?.hasSuffix("T09:00:00") == true)
            try await makeDue(fixture)
            let round = try await fixture.queue.tick(limit: 10)
            let id = try #require(round.events.first?.jobID)
            expect(
                try await fixture.job(id),
                has: [
                    "kind": "orchestrator", "execution_type": "scheduled", "priority": 5,
                    "user_id": .string(fixture.user.uuidString.lowercased()),
                    "agent_id": .string(fixture.agent.uuidString.lowercased()),
                ])
            let after = try await fixture.row(
                """
                SELECT a.last_run = s.last_tick AS last, a.next_run = s.next_at AS next,
                    (SELECT count(*) FROM agent_schedule_changes) AS unread
                FROM agents a JOIN schedules s ON s.agent_id = a.id
                """)
            // Its own writing is no change for it to read.
            #expect(after["last"] == true && after["next"] == true && after["unread"] == 0)
        }
    }

    @Test("without a workflow it is an agentkit run")
    func kind() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.connection.query("UPDATE agents SET workflow_steps = '[]'")
            try await schedule(fixture)
            try await makeDue(fixture)
            let id = try #require(try await fixture.queue.tick(limit: 10).events.first?.jobID)
            #expect(try await fixture.job(id)["kind"] == "agentkit")
        }
    }

    @Test(
        "an agent that is not to run any more does not, though nobody has read the change",
        arguments: [
            "schedule_enabled = false", "status = 'inactive'", "mode = 'on_demand'",
            "deleted_at = now()",
        ])
    func stopped(change: String) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await schedule(fixture)
            try await makeDue(fixture)
            // As a bulk load that fires no triggers.
            try await fixture.connection.execute(
                script: """
                    SET session_replication_role = replica; UPDATE agents SET \(change);
                    RESET session_replication_role;
                    """)
            #expect(try await fixture.queue.tick(limit: 10).events.isEmpty)
            #expect(try await fixture.count("schedules") == 0)
            #expect(try await fixture.count("jobs") == 0)
        }
    }

    @Test("a change of the columns moves the schedule, a deleted agent ends it")
    func changed() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await schedule(fixture)
            try await fixture.connection.query("UPDATE agents SET schedule_cron = '30 11 * * *'")
            _ = try await fixture.queue.tick(limit: 10)
            let moved = try await fixture.row(
                "SELECT (next_at AT TIME ZONE time_zone)::time AS at FROM schedules")
            #expect(moved["at"] == "11:30:00")
            // The application says when the next run is; then cron goes on.
            try await fixture.connection.query(
                "UPDATE agents SET next_run = date_trunc('second', now()) - interval '10 s'")
            let round = try await fixture.queue.tick(limit: 10)
            #expect(round.events.count == 1 && round.events.first?.jobID != nil)
            let again = try await fixture.row(
                "SELECT (next_at AT TIME ZONE time_zone)::time AS at FROM schedules")
            #expect(again["at"] == "11:30:00")
            try await fixture.connection.query("DELETE FROM agents")
            _ = try await fixture.queue.tick(limit: 10)
            #expect(try await fixture.count("schedules") == 0)
        }
    }

    @Test("an unreadable expression or zone is shown, never refused to the application")
    func fault() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await schedule(fixture, "0 99 * * *")
            var listed = try await fixture.queue.schedules(ticks: 1)
            #expect(listed[0].state == "fault")
            #expect(listed[0].fault?.contains("hour field, character 3") == true)
            #expect(try await fixture.queue.removeSchedule(listed[0].name) == false)
            try await fixture.connection.query("UPDATE agents SET schedule_cron = '0 9 * * *'")
            _ = try await fixture.queue.tick(limit: 10)
            listed = try await fixture.queue.schedules(ticks: 1)
            #expect(listed[0].state == "active" && listed[0].fault == nil)
        }
    }

    @Test("a worker that does not follow agents leaves them alone")
    func off() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await schedule(fixture)
            try await makeDue(fixture)
            let round = try await fixture.queue.tick(limit: 10, followAgents: false)
            #expect(round.events.isEmpty && round.nextIn == nil)
            #expect(try await fixture.queue.tick(limit: 10).events.count == 1)
        }
    }

    @Test("many changes are read in bounded batches")
    func batches() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.connection.query(
                """
                INSERT INTO agents (user_id, mode, status, schedule_enabled, schedule_cron)
                SELECT gen_random_uuid(), 'scheduled', 'active', true, '0 9 * * *'
                FROM generate_series(1, 250)
                """)
            #expect(try await fixture.queue.tick(limit: 10).nextIn == .zero)
            #expect(try await fixture.count("schedules") == 200)
            #expect(try await fixture.queue.tick(limit: 10).nextIn != .zero)
            #expect(try await fixture.count("schedules") == 250)
        }
    }
}
