import EventLoop
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("notifications", .serialized, .timeLimit(.minutes(2)))
struct NotifyTests {
    static let database = SuiteDatabase(migrated: true)

    /// The payloads that arrive on a channel while `body` runs, in order.
    private func notifications(
        _ channel: String, of fixture: QueueFixture, _ body: () async throws -> Void
    ) async throws -> [String] {
        let listener = PostgresListener(
            fixture.database.configuration, loop: TestDatabase.loop, channels: [channel])
        var events = listener.events().makeAsyncIterator()
        guard case .connected = await events.next() else { return ["not connected"] }
        try await body()
        // Notifications arrive in the order of their commits: what precedes this one is complete.
        try await fixture.connection.query("SELECT pg_notify($1, 'end')", [.text(channel)])
        var payloads: [String] = []
        while case .notification(_, let payload) = await events.next(), payload != "end" {
            payloads.append(payload)
        }
        return payloads
    }

    @Test("an INSERT notifies only while a worker is parked and the job is due")
    func wakeUp() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let awake = try await notifications("agent_worker_jobs", of: fixture) {
                _ = try await fixture.enqueue(.agentkit)
            }
            #expect(awake == [])
            try await fixture.queue.park(true, worker: fixture.worker.id)
            let parked = try await notifications("agent_worker_jobs", of: fixture) {
                _ = try await fixture.enqueue(.agentkit, runAt: .distantFuture)
                #expect(try await fixture.count("workers WHERE parked") == 1)
                _ = try await fixture.enqueue(.agentkit)
            }
            #expect(parked == [""])
            try await fixture.queue.park(false, worker: fixture.worker.id)
            let again = try await notifications("agent_worker_jobs", of: fixture) {
                _ = try await fixture.enqueue(.agentkit)
            }
            #expect(again == [])
        }
    }

    @Test("many jobs in one statement notify once")
    func bulk() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.queue.park(true, worker: fixture.worker.id)
            let payloads = try await notifications("agent_worker_jobs", of: fixture) {
                try await fixture.connection.query(
                    """
                    INSERT INTO jobs (kind, payload)
                    SELECT 'generation', '{"prompt": "p"}' FROM generate_series(1, 50)
                    """)
            }
            #expect(payloads == [""])
        }
    }

    @Test("a parked worker is not woken for a queue or a kind that it does not serve")
    func others() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.queue.park(true, worker: fixture.worker.id)
            let payloads = try await notifications("agent_worker_jobs", of: fixture) {
                for queue in ["another", "default"] {
                    try await fixture.connection.query(
                        """
                        INSERT INTO jobs (queue, kind, payload)
                        VALUES ($1, 'generation', '{"prompt": "p"}'), ('default', 'unknown', '{}')
                        """, [.text(queue)])
                }
            }
            #expect(payloads == [""])
        }
    }

    @Test("cancelling a running job names its worker")
    func cancel() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit)
            let idle = try await fixture.enqueue(.agentkit)
            let payloads = try await notifications("agent_worker_cancel", of: fixture) {
                for id in [idle, job.id] { _ = try await fixture.queue.cancel(id) }
            }
            #expect(payloads == [fixture.worker.id.uuidString.lowercased()])
        }
    }
}
