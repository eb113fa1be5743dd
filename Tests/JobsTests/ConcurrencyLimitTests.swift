import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("concurrency limits", .serialized, .timeLimit(.minutes(3)))
struct ConcurrencyLimitTests {
    static let database = SuiteDatabase(migrated: true)

    private func claim(
        _ fixture: QueueFixture, _ limit: Int = 20, kinds: [String] = ["noop", "other"],
        freed: [ClaimedJob] = [], isShort: Bool = false
    ) async throws -> [ClaimedJob] {
        var request = fixture.claimRequest(limit, kinds: kinds)
        request.freed = freed.map(\.id)
        if isShort {
            request.looksForLongestDue = false
            request.lookBack = .zero
        }
        return try await fixture.queue.claim(request).jobs
    }

    @Test("what a limit on a kind, agent or payload stops is held under it, with its figures")
    func holds() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for (limit, payload, key, reason) in [
                (
                    "'kind', 2", [:] as JSONValue, "limit:1:noop",
                    "limit of kind noop: 2 of 2 running"
                ),
                (
                    "'payload', 2, payload_path => 'customer.id'", ["customer": ["id": 7]],
                    "limit:2:7", "limit of payload customer.id \"7\": 2 of 2 running"
                ),
            ] {
                #expect(try await fixture.ask("set_concurrency_limit(\(limit))") == "limited")
                try await fixture.enqueueMany(5, payload: payload)
                #expect(try await claim(fixture).count == 2)
                let held = try await fixture.rows(
                    "SELECT DISTINCT hold_key, hold_reason, hold_until FROM jobs WHERE state = 'held'"
                )
                #expect(held.count == 1)
                expect(
                    held[0],
                    has: [
                        "hold_key": .string(key), "hold_reason": .string(reason),
                        "hold_until": nil,
                    ])
                #expect(try await fixture.states() == ["running": 2, "held": 3])
                try await fixture.connection.query("DELETE FROM jobs")
                try await fixture.connection.query("DELETE FROM concurrency_limits")
            }
        }
    }

    @Test("a limit on a queue or user holds no job: the lane is passed over, others go on")
    func lanes() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.ask("set_concurrency_limit('user', 2)")
            try await fixture.ask("set_concurrency_limit('user', 3, 'b')")
            for user in ["a", "b", "c"] { try await fixture.enqueueMany(5, user: user) }
            let jobs = try await claim(fixture)
            #expect(["a", "b", "c"].map { user in jobs.count { $0.userID == user } } == [2, 3, 2])
            #expect(try await fixture.states() == ["running": 7, "available": 8])
            #expect(try await claim(fixture).isEmpty)
            try await fixture.complete(jobs.filter { $0.userID == "a" })
            #expect(try await claim(fixture).map(\.userID) == ["a", "a"])
            try await fixture.ask("set_concurrency_limit('queue', 7, 'default')")
            #expect(try await fixture.ask("set_concurrency_limit('user', NULL)") == "removed")
            #expect(try await claim(fixture).isEmpty)
            #expect(
                try await fixture.ask("set_concurrency_limit('queue', 9, 'default')") == "limited")
            #expect(try await claim(fixture).count == 2)
            #expect(try await fixture.ask("set_concurrency_limit('user', NULL)") == "no such limit")
        }
    }

    @Test(
        "a slot that falls free wakes as many as there is room for, one user after another, even for a claim that would look at nothing else",
        arguments: [false, true])
    func wakes(isShort: Bool) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.ask("set_concurrency_limit('kind', 2, 'noop')")
            try await fixture.enqueueMany(30, user: "many")
            let running = try await claim(fixture)
            #expect(running.count == 2)
            try await fixture.enqueueMany(1, user: "new")
            #expect(try await claim(fixture).isEmpty)
            #expect(try await fixture.states() == ["running": 2, "held": 29])
            var last = running[0]
            var users: [String?] = []
            for _ in 0..<3 {
                try await fixture.complete([last])
                let next = try await claim(fixture, freed: [last], isShort: isShort)
                #expect(next.count == 1)
                users.append(next[0].userID)
                last = next[0]
            }
            #expect(users.contains("new"))
            #expect(try await fixture.count("jobs WHERE state = 'running'") == 2)
        }
    }

    @Test("maintenance finds the room that nobody was told of, and a limit that is gone")
    func repair() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.ask("set_concurrency_limit('kind', 3, 'noop')")
            try await fixture.enqueueMany(9)
            let running = try await claim(fixture)
            try await fixture.complete(running)
            // The worker that settled died before it claimed again.
            #expect(try await fixture.states() == ["completed": 3, "held": 6])
            let round = try await fixture.queue.maintain(
                rescuer: fixture.worker.id, held: [], limit: 100)
            #expect(round.isBraked && round.failure == nil && round.lookedTo == nil)
            #expect(try await fixture.states() == ["completed": 3, "held": 3, "available": 3])
            try await fixture.connection.query("DELETE FROM concurrency_limits")
            _ = try await fixture.queue.maintain(
                rescuer: fixture.worker.id, held: [], limit: 100)
            #expect(try await fixture.states() == ["completed": 3, "available": 6])
            try await fixture.queue.pruneConcurrency()
            #expect(try await fixture.count("concurrency_slots") == 0)
            #expect(try await fixture.count("concurrency_keys") == 0)
        }
    }

    @Test("what ran before the limit was set counts, and what was rescued does not")
    func counted() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let dead = try await fixture.otherWorker()
            try await fixture.enqueueMany(8)
            var request = fixture.claimRequest(3)
            request.worker = dead.id
            #expect(try await fixture.queue.claim(request).jobs.count == 3)
            try await fixture.ask("set_concurrency_limit('kind', 4, 'noop')")
            #expect(try await claim(fixture).count == 1)
            try await fixture.kill(dead)
            #expect(
                try await fixture.queue.maintain(
                    rescuer: fixture.worker.id, held: [], limit: 100
                ).rescued.count == 3)
            #expect(try await claim(fixture).count == 3)
            #expect(try await fixture.count("jobs WHERE state = 'running'") == 4)
        }
    }

    @Test("a limit that no row can have is refused with a sentence")
    func refused() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for (call, sentence) in [
                ("'team', 2", "a limit is per queue, kind, user, agent or payload"),
                ("'kind', 0", "max_running must be 1 to 1000000; pause what must not run"),
                ("'payload', 2", "a limit per payload, and only that, needs a payload_path"),
                (
                    "'kind', 2, payload_path => 'a'",
                    "a limit per payload, and only that, needs a payload_path"
                ),
            ] {
                let error = await #expect(throws: PostgresError.self) {
                    try await fixture.ask("set_concurrency_limit(\(call))")
                }
                #expect(error?.constraint == sentence)
            }
        }
    }

    /// 8 workers of their own connections claim and settle at once; after each claim, and by a
    /// watcher all the while, no value may be over its limit.
    @Test("8 workers never exceed limits of any scope, in 100 rounds")
    func race() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.ask("set_concurrency_limit('queue', 14)")
            try await fixture.ask("set_concurrency_limit('kind', 9, 'noop')")
            try await fixture.ask("set_concurrency_limit('user', 5)")
            try await fixture.ask("set_concurrency_limit('payload', 3, payload_path => 'tenant')")
            try await fixture.connection.query(
                """
                INSERT INTO jobs (kind, user_id, payload)
                SELECT (ARRAY['noop', 'other'])[1 + n % 2], 'u' || n % 5,
                    jsonb_build_object('tenant', n % 7)
                FROM generate_series(1, 1600) AS n
                """)
            let settled = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    let connection = try await fixture.database.connect()
                    group.addTask {
                        defer { Task { await connection.close() } }
                        return try await Self.work(fixture, connection, rounds: 100)
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(settled > 400, "\(settled)")
            #expect(try await fixture.count("jobs WHERE state = 'running'") == 0)
            #expect(
                try await fixture.count(
                    "job_attempts a JOIN jobs j ON j.id = a.job_id WHERE j.state <> 'completed'")
                    == 0)
        }
    }

    private static func work(
        _ fixture: QueueFixture, _ connection: PostgresConnection, rounds: Int
    ) async throws -> Int {
        let queue = JobQueue(connection)
        var freed: [Int64] = []
        var settled = 0
        for _ in 0..<rounds {
            var request = fixture.claimRequest(
                Int.random(in: 1...6), kinds: ["noop", "other"])
            request.freed = freed
            let jobs = try await queue.claim(request).jobs
            let over = try await connection.query(Self.overLimit)
            #expect(try over.map { try $0.decode(String.self, "line") } == [])
            _ = try await queue.settle(
                jobs.map {
                    Settlement(jobID: $0.id, attemptID: $0.attemptID, outcome: .completed)
                })
            freed = jobs.map(\.id)
            settled += jobs.count
        }
        return settled
    }

    /// Counted from the jobs themselves, not from what the claim keeps.
    private static let overLimit = """
        SELECT format('%s %s: %s', l.scope, l.value, count(*)) AS line
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.state = 'running'
        GROUP BY l.scope, l.value, l.max_running HAVING count(*) > l.max_running
        """
}
