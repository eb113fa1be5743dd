import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("schedules", .serialized, .timeLimit(.minutes(3)))
struct ScheduleTests {
    static let database = SuiteDatabase(migrated: true)

    /// A schedule of generations whose next tick is `next`, whatever the clock says.
    private func add(
        _ fixture: QueueFixture, _ name: String, _ cron: String, zone: String = "UTC",
        next: String, catchUp: String = "one", limit: Int = 100
    ) async throws {
        try await fixture.connection.query(
            """
            INSERT INTO schedules (name, cron, time_zone, kind, payload, user_id, catch_up,
                catch_up_limit, next_at)
            VALUES ($1, $2, $3, 'generation', '{"prompt": "p"}', 'u', $4, $5, $6)
            """,
            [
                .text(name), .text(cron), .text(zone), .text(catchUp), .int32(Int32(limit)),
                .date(try Date(next, strategy: .iso8601)),
            ])
    }

    /// Ticks at a moment of our choosing; the ids of the jobs and whether earlier ticks were left out.
    private func tick(
        _ fixture: QueueFixture, at moment: String
    ) async throws -> [(job: Int64?, skipped: Bool, fault: String?)] {
        try await fixture.connection.query(
            "SELECT * FROM enqueue_due_ticks(at => $1)",
            [.date(try Date(moment, strategy: .iso8601))]
        ).map {
            (
                try $0.decodeIfPresent(Int64.self, "job_id"), try $0.decode(Bool.self, "skipped"),
                try $0.decodeIfPresent(String.self, "fault")
            )
        }
    }

    private func runAts(_ fixture: QueueFixture) async throws -> [String] {
        try await fixture.rows("SELECT run_at FROM jobs ORDER BY run_at, id")
            .compactMap { $0["run_at"]?.stringValue.map { String($0.prefix(16)) } }
    }

    @Test(
        "a day on which clocks change, three tickers at once: every tick once",
        arguments: [
            ("2026-03-29", "Europe/Berlin", "*/15 * * * *", 92),
            ("2026-10-25", "Europe/Berlin", "*/15 * * * *", 100),
            ("2026-03-29", "Europe/Berlin", "30 2 * * *", 1),
            ("2026-10-25", "Europe/Berlin", "30 2 * * *", 1),
            ("2026-11-01", "America/New_York", "*/10 1,2 * * *", 12),
        ])
    func day(date: String, zone: String, cron: String, expected: Int) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let bounds = try await fixture.connection.query(
                """
                SELECT d AS midnight, first_moment($1::date, $2) AS begins,
                    first_moment($1::date + 1, $2) AS ends FROM (SELECT $1::date::text AS d) AS day
                """, [.text(date), .text(zone)])[0]
            let begins = try bounds.decode(Date.self, "begins")
            let ends = try bounds.decode(Date.self, "ends")
            try await fixture.connection.query(
                """
                INSERT INTO schedules (name, cron, time_zone, kind, payload, next_at)
                VALUES ('day', $1, $2, 'generation', '{"prompt": "p"}',
                    cron_next($1, $2, $3 - interval '1 microsecond'))
                """, [.text(cron), .text(zone), .date(begins)])
            // One clock, of ours, and at each of its steps all three at once.
            var tickers: [PostgresConnection] = []
            for _ in 0..<3 { tickers.append(try await fixture.database.connect()) }
            var moment = begins
            while moment < ends {
                try await withThrowingTaskGroup(of: Void.self) { [moment] round in
                    for ticker in tickers {
                        round.addTask {
                            try await ticker.query(
                                "SELECT * FROM enqueue_due_ticks(at => $1)", [.date(moment)])
                        }
                    }
                    try await round.waitForAll()
                }
                moment.addTimeInterval(300)
            }
            for ticker in tickers { await ticker.close() }
            let row = try await fixture.row(
                """
                SELECT count(*) AS jobs, count(DISTINCT run_at) AS ticks,
                    (array_agg(run_at ORDER BY run_at) = cron_ticks('\(cron)', '\(zone)',
                        first_moment('\(date)', '\(zone)') - interval '1 microsecond',
                        first_moment(date '\(date)' + 1, '\(zone)') - interval '1 microsecond', 1000))
                        AS same,
                    bool_and(execution_type = 'scheduled' AND scheduled_at = run_at) AS scheduled
                FROM jobs
                """)
            #expect(row["jobs"] == JSONValue(expected) && row["ticks"] == JSONValue(expected))
            #expect(row["same"] == true && row["scheduled"] == true)
        }
    }

    @Test(
        "after downtime: none, the latest, or the latest so many",
        arguments: [
            ("skip", 100, ["2026-05-01T12:55"]), ("one", 100, ["2026-05-01T12:55"]),
            ("all", 3, ["2026-05-01T12:45", "2026-05-01T12:50", "2026-05-01T12:55"]),
        ])
    func catchUp(policy: String, limit: Int, expected: [String]) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await add(
                fixture, "s", "*/5 * * * *", next: "2026-05-01T09:00:00Z", catchUp: policy,
                limit: limit)
            let events = try await tick(fixture, at: "2026-05-01T12:57:00Z")
            #expect(events.count == expected.count && events.first?.skipped == true)
            #expect(try await runAts(fixture) == expected)
            #expect(try await tick(fixture, at: "2026-05-01T12:59:59Z").isEmpty)
            #expect(try await tick(fixture, at: "2026-05-01T13:00:00Z").first?.skipped == false)
        }
    }

    @Test("skip leaves out a tick that is found later than its grace")
    func skip() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await add(fixture, "s", "0 9 * * *", next: "2026-05-01T09:00:00Z", catchUp: "skip")
            let events = try await tick(fixture, at: "2026-05-01T09:05:01Z")
            #expect(events.count == 1 && events[0].job == nil && events[0].skipped)
            #expect(try await tick(fixture, at: "2026-05-02T09:04:59Z").first?.job != nil)
            #expect(try await fixture.count("jobs") == 1)
        }
    }

    @Test("a schedule restored from a backup doubles no tick, whatever became of the first job")
    func restored() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await add(fixture, "s", "0 9 * * *", next: "2026-05-01T09:00:00Z")
            let first = try await tick(fixture, at: "2026-05-01T09:00:00Z")
            let id = try #require(first.first?.job)
            // A cancelled job frees its unique_key; the execution_id is taken for ever.
            #expect(try await fixture.queue.cancel(id) == "cancelled")
            try await fixture.connection.query("DELETE FROM schedules")
            try await add(fixture, "s", "0 9 * * *", next: "2026-05-01T09:00:00Z")
            #expect(try await tick(fixture, at: "2026-05-01T09:00:30Z").isEmpty)
            #expect(try await fixture.count("jobs") == 1)
            #expect(try await tick(fixture, at: "2026-05-02T09:00:00Z").count == 1)
        }
    }

    @Test("a tick whose job is refused is said, keeps no other, and the schedule goes on")
    func refused() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await add(fixture, "bad", "0 9 * * *", next: "2026-05-01T09:00:00Z")
            try await add(fixture, "good", "0 9 * * *", next: "2026-05-01T09:00:00Z")
            try await fixture.connection.query(
                "ALTER TABLE jobs ADD CONSTRAINT no_u CHECK (user_id <> 'no')")
            try await fixture.connection.query(
                "UPDATE schedules SET user_id = 'no' WHERE name = 'bad'")
            let events = try await tick(fixture, at: "2026-05-01T09:00:00Z")
            #expect(events.count == 2 && events.compactMap(\.job).count == 1)
            #expect(events.contains { $0.fault?.contains("no_u") == true && $0.skipped })
            let listed = try await fixture.queue.schedules(ticks: 2)
            #expect(listed.map(\.name) == ["bad", "good"])
            #expect(listed[0].fault?.contains("no_u") == true && listed[0].state == "active")
            #expect(listed[1].fault == nil)
            try await fixture.connection.query("ALTER TABLE jobs DROP CONSTRAINT no_u")
            #expect(try await tick(fixture, at: "2026-05-02T09:00:00Z").count == 2)
            #expect(try await fixture.queue.schedules(ticks: 1)[0].fault == nil)
        }
    }

    @Test("a paused schedule does not tick, and goes on from now")
    func pause() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await add(fixture, "s", "* * * * *", next: "2026-05-01T09:00:00Z")
            #expect(try await fixture.queue.pauseSchedule("s", true))
            #expect(try await fixture.queue.schedules(ticks: 3)[0].state == "paused")
            #expect(try await fixture.queue.tick(limit: 10).nextIn == nil)
            #expect(try await fixture.queue.pauseSchedule("s", false))
            #expect(try await fixture.queue.pauseSchedule("t", false) == false)
            let row = try await fixture.row(
                "SELECT next_at > clock_timestamp() - interval '1 s' AS later FROM schedules")
            #expect(row["later"] == true)
            #expect(try await fixture.queue.schedules(ticks: 3)[0].next.count == 3)
            let next = try #require(try await fixture.queue.tick(limit: 10).nextIn)
            #expect(next <= .seconds(60))
            #expect(try await fixture.queue.removeSchedule("s"))
            #expect(try await fixture.queue.removeSchedule("s") == false)
        }
    }

    @Test(
        "a schedule whose jobs would be refused is refused",
        arguments: [
            ("name = ''", "schedules.name must be 1 to 200 characters"),
            ("priority = 10", "schedules.priority must be 0 (first) to 9"),
            ("kind = 'agentkit'", "agent schedules need a UUID schedules.user_id"),
            ("payload = '{}'", "generation schedules need a text in payload.prompt"),
            ("catch_up = 'two'", "schedules.catch_up must be skip, one or all"),
        ])
    func constraint(change: String, name: String) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await add(fixture, "s", "0 9 * * *", next: "2026-05-01T09:00:00Z")
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.connection.query("UPDATE schedules SET \(change)")
            }
            #expect(error?.constraint == name)
        }
    }

    @Test("an application's plain INSERT is checked and told to the tickers")
    func insert() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let listener = PostgresListener(
                fixture.database.configuration, loop: TestDatabase.loop,
                channels: ["agent_worker_schedules"])
            var events = listener.events().makeAsyncIterator()
            guard case .connected = await events.next() else {
                Issue.record("not connected")
                return
            }
            try await fixture.connection.query(
                """
                INSERT INTO schedules (name, cron, time_zone, kind, payload)
                VALUES ('s', '0 9 * * *', 'Asia/Tokyo', 'generation', '{"prompt": "p"}')
                """)
            // A tick is no change: the next that arrives is the end.
            try await fixture.connection.query(
                "SELECT * FROM enqueue_due_ticks(at => now() + interval '2 days')")
            try await fixture.connection.query(
                "SELECT pg_notify('agent_worker_schedules', 'end')")
            var payloads: [String] = []
            while case .notification(_, let payload) = await events.next(), payload != "end" {
                payloads.append(payload)
            }
            #expect(payloads == [""])
            let listed = try await fixture.queue.schedules(ticks: 1)
            #expect(listed[0].next.first?.local.hasSuffix("09:00 +09:00") == true)
            for wrong in ["cron = '0 9 * *'", "time_zone = 'Tokyo'", "cron = '0 0 31 6 *'"] {
                await #expect(throws: PostgresError.self) {
                    try await fixture.connection.query("UPDATE schedules SET \(wrong)")
                }
            }
        }
    }
}
