import FoundationEssentials
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("lease", .serialized, .timeLimit(.minutes(2)))
struct LeaseTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("a worker learns which attempts are lost or to be cancelled, and nothing of the others")
    func news() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            var jobs: [ClaimedJob] = []
            for _ in 0..<4 { jobs.append(try await fixture.claimed(.agentkit)) }
            let held = jobs.map { HeldAttempt(jobID: $0.id, attemptID: $0.attemptID) }
            #expect(try await fixture.queue.beat(fixture.worker, holding: held).news == [])
            #expect(try await fixture.queue.beat(fixture.worker).news == [])
            _ = try await fixture.queue.cancel(jobs[1].id)
            _ = try await fixture.settle(jobs[2], .retry(after: .zero))
            let again = try await fixture.claim()
            #expect(again.id == jobs[2].id)
            #expect(
                Set(try await fixture.queue.beat(fixture.worker, holding: held).news) == [
                    .cancelRequested(jobs[1].attemptID), .lost(jobs[2].attemptID),
                ])
            // The job's new attempt is not the old one's.
            #expect(
                try await fixture.queue.beat(
                    fixture.worker,
                    holding: [
                        HeldAttempt(jobID: again.id, attemptID: again.attemptID)
                    ]
                ).news == [])
            #expect(
                try await fixture.queue.beat(
                    fixture.worker,
                    holding: [
                        HeldAttempt(jobID: 0, attemptID: held[0].attemptID)
                    ]
                ).news == [.lost(held[0].attemptID)])
        }
    }

    @Test("a database that has forgotten an acknowledged heartbeat is found out")
    func forgotten() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let first = try await fixture.queue.beat(fixture.worker)
            let second = try await fixture.queue.beat(fixture.worker)
            #expect(!second.hasForgotten(first))
            // As a standby that is promoted too early has it.
            try await fixture.connection.query(
                "UPDATE workers SET heartbeat_at = $1", [.date(first.writtenAt)])
            #expect(try await fixture.queue.beat(fixture.worker).hasForgotten(second))
            try await fixture.connection.query("DELETE FROM workers")
            let anew = try await fixture.queue.beat(fixture.worker)
            #expect(anew.replaced == nil && anew.hasForgotten(second))
        }
    }

    @Test("a beat renews the heartbeat by the database's clock and keeps the start")
    func beat() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.kill(fixture.worker)
            let before = try await fixture.row("SELECT * FROM workers")
            try await fixture.queue.beat(fixture.worker)
            let after = try await fixture.row(
                """
                SELECT *, clock_timestamp() - heartbeat_at BETWEEN interval '0' AND interval '10 s'
                    AS fresh FROM workers
                """)
            #expect(after["fresh"] == true)
            #expect(after["started_at"] == before["started_at"])
            #expect(after["lease_s"] == 30 && after["kinds"]?.arrayValue?.count == 3)
        }
    }

    @Test("a worker leaves only when it holds nothing; silent ones are forgotten after a day")
    func leave() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit)
            try await fixture.queue.leave(worker: fixture.worker.id)
            #expect(try await fixture.count("workers") == 1)
            let silent = try await fixture.otherWorker()
            let holder = try await fixture.otherWorker()
            _ = try await fixture.claimed(.agentkit, by: holder)
            try await fixture.queue.pruneWorkers()
            #expect(try await fixture.count("workers") == 3)
            try await fixture.connection.query(
                """
                UPDATE workers SET heartbeat_at = heartbeat_at - interval '25 h'
                WHERE id = ANY ($1)
                """, [.uuidArray([silent.id, holder.id])])
            try await fixture.queue.pruneWorkers()
            #expect(try await fixture.count("workers") == 2)
            _ = try await fixture.settle(job, .completed)
            try await fixture.queue.leave(worker: fixture.worker.id)
            #expect(try await fixture.count("workers") == 1)
        }
    }

    @Test("a verb with a deadline does not wait for its answer for ever")
    func deadline() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let other = try await fixture.database.connect()
            try await other.transaction { transaction in
                try await transaction.query("LOCK TABLE workers")
                let queue = JobQueue(fixture.connection, deadline: .milliseconds(50))
                let error = await #expect(throws: PostgresError.self) {
                    try await queue.beat(fixture.worker)
                }
                #expect(error?.code == .deadline)
            }
            await other.close()
            try await fixture.queue.beat(fixture.worker)
        }
    }
}
