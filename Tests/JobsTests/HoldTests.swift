import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("holds and pauses", .serialized, .timeLimit(.minutes(2)))
struct HoldTests {
    static let database = SuiteDatabase(migrated: true)

    private func claim(_ fixture: QueueFixture, _ limit: Int = 50) async throws -> [ClaimedJob] {
        try await fixture.queue.claim(
            fixture.claimRequest(limit, kinds: ["noop", "other", "agentkit"])
        ).jobs
    }

    @Test("a paused queue, kind, user or agent is not claimed, others are; a resume wakes at once")
    func pauses() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let agent = fixture.agent.uuidString.lowercased()
            for (scope, key) in [
                ("queue", "default"), ("kind", "noop"), ("user", "u"), ("agent", agent),
            ] {
                try await fixture.enqueueMany(3)
                let other = try await fixture.enqueue(.agentkit)
                if scope == "agent" { try await fixture.enqueueMany(1, kind: "other") }
                #expect(
                    try await fixture.ask("pause_jobs('\(scope)', '\(key)', 'for tests')")
                        == "paused")
                let jobs = try await claim(fixture)
                switch scope {
                case "queue": #expect(jobs.isEmpty)
                case "agent": #expect(jobs.count == 4 && !jobs.contains { $0.id == other })
                default: #expect(jobs.map(\.id) == [other], "\(scope)")
                }
                let states = try await fixture.states()
                #expect(states["held"] == (scope == "kind" ? 3 : scope == "agent" ? 1 : nil))
                #expect(try await fixture.ask("resume_jobs('\(scope)', '\(key)')") == "resumed")
                #expect(
                    try await fixture.ask("resume_jobs('\(scope)', '\(key)')") == "not paused")
                #expect(try await fixture.states()["held"] == nil)
                let rest = try await claim(fixture)
                #expect(rest.count == (scope == "queue" ? 4 : scope == "agent" ? 1 : 3), "\(scope)")
                try await fixture.connection.query("TRUNCATE jobs")
            }
        }
    }

    @Test("a thousand are woken at once and the rest by maintenance, in bounded batches")
    func batches() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.enqueueMany(1250)
            try await fixture.enqueueMany(2, user: "other")
            try await fixture.connection.query(
                """
                UPDATE jobs SET state = 'held', hold_reason = 'r',
                    hold_key = CASE user_id WHEN 'u' THEN 'cooldown:openai/gpt-4o'
                        ELSE 'cooldown:openai/gpt-4o-mini' END
                """)
            #expect(try await fixture.ask("release_holds('cooldown:openai/gpt-4o')") == "1000")
            #expect(try await fixture.queue.wakeHeld(limit: 100) == 100)
            #expect(try await fixture.count("hold_releases") == 1)
            #expect(try await fixture.queue.wakeHeld(limit: 1000) == 150)
            #expect(try await fixture.queue.wakeHeld(limit: 1000) == 0)
            #expect(try await fixture.count("hold_releases") == 0)
            #expect(try await fixture.states() == ["available": 1250, "held": 2])
            // A key that ends in a slash means all below it.
            #expect(try await fixture.ask("release_holds('cooldown:anthropic/')") == "0")
            #expect(try await fixture.ask("release_holds('cooldown:openai/')") == "2")
        }
    }

    @Test("a pause lifted while a claim was holding for it leaves nothing behind")
    func lateHold() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.ask("pause_jobs('kind', 'noop')")
            let ids = try await fixture.enqueueMany(2)
            let other = try await fixture.database.connect()
            try await other.transaction { transaction in
                try await transaction.query(
                    "SELECT * FROM claim_jobs($1, 5, '{default}', '{noop}')",
                    [.uuid(fixture.worker.id)])
                #expect(try await fixture.ask("resume_jobs('kind', 'noop')") == "resumed")
            }
            await other.close()
            #expect(try await fixture.states() == ["held": 2])
            _ = try await fixture.queue.maintain(
                rescuer: fixture.worker.id, held: [], limit: 10)
            #expect(try await claim(fixture).map(\.id) == ids)
        }
    }

    @Test("a job that would meet a cool-down is held by its claim without an attempt")
    func cooldown() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.connection.execute(
                script: """
                    SELECT announce_default_models('openai', '{"noop": "n"}');
                    INSERT INTO provider_cooldowns (provider, model, kind, reason, until)
                    VALUES ('openai', 'm', 'rate_limit', '429', clock_timestamp() + interval '1 h');
                    """)
            try await fixture.connection.query("UPDATE workers SET kinds = '{noop}'")
            let cooling = try await fixture.enqueueMany(2, payload: ["model": "m"])
            let free = try await fixture.enqueueMany(1, payload: ["model": "n"])
            #expect(try await fixture.queue.why(cooling[0]).contains("the next claim holds it"))
            let claim = try await fixture.queue.claim(fixture.claimRequest(9))
            #expect(claim.jobs.map(\.id) == free)
            #expect(claim.held.map(\.user) == ["u", "u"])
            expect(
                try await fixture.job(cooling[1]),
                has: ["state": "held", "attempt": 0, "hold_key": "cooldown:openai/m"])
            let why = try await fixture.queue.why(cooling[1])
            #expect(why.hasPrefix("held until 20"), "\(why)")
            #expect(why.hasSuffix("(cooldown:openai/m)"), "\(why)")
            #expect(try await fixture.ask("end_cooldown('openai', 'm')") == "1")
            #expect(try await self.claim(fixture).map(\.id) == cooling)
        }
    }
}
