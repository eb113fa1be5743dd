import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("claim", .serialized, .timeLimit(.minutes(2)))
struct ClaimTests {
    static let database = SuiteDatabase(migrated: true)

    private func claim(
        _ fixture: QueueFixture, limit: Int = 10, queues: [String] = ["default"],
        kinds: [String] = QueueFixture.kinds
    ) async throws -> [Int64] {
        try await fixture.queue.claim(
            limit: limit, worker: fixture.worker.id, queues: queues, kinds: kinds
        ).map(\.id)
    }

    private func ago(_ seconds: Double) -> Date { Date(timeIntervalSinceNow: -seconds) }

    @Test("jobs come by priority, then by due time, then by id")
    func order() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let same = ago(50)
            var jobs: [Int64] = []
            for (priority, due) in [(1, ago(99)), (0, same), (0, same), (0, ago(60)), (9, ago(99))]
            {
                jobs.append(
                    try await fixture.enqueue(.agentkit, priority: priority, runAt: due))
            }
            let expected = [3, 1, 2, 0, 4].map { jobs[$0] }
            #expect(try await claim(fixture, limit: 2) == Array(expected[..<2]))
            #expect(try await claim(fixture) == Array(expected[2...]))
            #expect(try await claim(fixture) == [])
        }
    }

    @Test("future jobs of priority 0 do not hide due jobs of priority 1")
    func futureJobs() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for _ in 0..<5 {
                _ = try await fixture.enqueue(.agentkit, runAt: Date(timeIntervalSinceNow: 3600))
            }
            let due = try await fixture.enqueue(.agentkit, priority: 1)
            #expect(try await claim(fixture, limit: 1) == [due])
            let next = try await fixture.queue.nextDue(
                queues: ["default"], kinds: QueueFixture.kinds)
            let seconds = try #require(next).inSeconds
            #expect(seconds > 3500 && seconds <= 3600)
            #expect(
                try await fixture.queue.hasUnfinished(
                    queues: ["default"], kinds: ["agentkit"]))
            #expect(
                try await !fixture.queue.hasUnfinished(
                    queues: ["default"], kinds: ["generation"]))
        }
    }

    @Test("within a priority the queues are served in the order given, so rotating them is fair")
    func queues() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            var jobs: [String: [Int64]] = [:]
            for name in ["a", "b", "c", "a", "b", "c"] {
                jobs[name, default: []].append(
                    try await fixture.enqueue(.agentkit, queue: name))
            }
            #expect(try await claim(fixture, limit: 1, queues: ["b", "c"]) == [jobs["b"]?[0]])
            #expect(try await claim(fixture, limit: 1, queues: ["c", "b"]) == [jobs["c"]?[0]])
            // A queue that is not served is left alone, whatever waits in it.
            let rest = try await claim(fixture, queues: ["b", "c"])
            #expect(Set(rest) == Set([jobs["b"]?[1], jobs["c"]?[1]].compactMap(\.self)))
            #expect(try await claim(fixture, queues: ["a"]) == jobs["a"])
        }
    }

    @Test("8 claimers of 500 jobs take every job once, each under an attempt id of its own")
    func concurrentClaimers() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.connection.query(
                """
                INSERT INTO jobs (kind, user_id, agent_id, priority)
                SELECT 'agentkit', $1::uuid::text, $2, n % 3 FROM generate_series(1, 500) AS n
                """, [.uuid(fixture.user), .uuid(fixture.agent)])
            let taken = try await withThrowingTaskGroup(of: [ClaimedJob].self) { group in
                for _ in 0..<8 {
                    let connection = try await fixture.database.connect()
                    group.addTask {
                        var taken: [ClaimedJob] = []
                        while true {
                            let jobs = try await JobQueue(connection).claim(
                                limit: 7, worker: fixture.worker.id, queues: ["default"],
                                kinds: QueueFixture.kinds)
                            #expect(jobs.count <= 7)
                            if jobs.isEmpty { break }
                            taken += jobs
                        }
                        await connection.close()
                        return taken
                    }
                }
                var all: [ClaimedJob] = []
                for try await jobs in group { all += jobs }
                return all
            }
            #expect(taken.count == 500)
            #expect(Set(taken.map(\.id)).count == 500)
            #expect(Set(taken.map(\.attemptID)).count == 500)
            #expect(try await fixture.count("jobs WHERE state = 'running'") == 500)
        }
    }

    @Test("a locked job is passed over, not waited for")
    func skipLocked() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let locked = try await fixture.enqueue(.agentkit)
            let free = try await fixture.enqueue(.agentkit)
            let other = try await fixture.database.connect()
            try await other.transaction { transaction in
                try await transaction.query(
                    "SELECT id FROM jobs WHERE id = $1 FOR UPDATE", [.int64(locked)])
                #expect(try await claim(fixture) == [free])
            }
            await other.close()
        }
    }

    @Test("a claim hands over all that a handler needs")
    func everything() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let due = Date(timeIntervalSince1970: 1_700_000_000)
            let id = try await fixture.queue.enqueue(
                JobRequest(
                    kind: "orchestrator", payload: ["input_values": ["a": 1]],
                    userID: fixture.user.uuidString, agentID: fixture.agent, runAt: due,
                    maxAttempts: 5, timeoutSeconds: 90, traceContext: "00-aa-bb-01"))
            let job = try await fixture.claim()
            #expect(job.id == id && job.kind == "orchestrator" && job.queue == "default")
            #expect(job.payload == ["input_values": ["a": 1]])
            #expect(job.userID == fixture.user.uuidString && job.agentID == fixture.agent)
            #expect(job.attempt == 1 && job.maxAttempts == 5 && job.snoozes == 0)
            #expect(job.timeout == .seconds(90) && job.firstDue == due)
            #expect(job.traceContext == "00-aa-bb-01")
            expect(
                try await fixture.job(id),
                has: [
                    "state": "running", "attempt": 1,
                    "attempt_id": .string(job.attemptID.uuidString.lowercased()),
                    "worker_id": .string(fixture.worker.id.uuidString.lowercased()),
                    "execution_id": .string(job.executionID.uuidString.lowercased()),
                ])
        }
    }

    @Test("each claim of a job mints a new attempt id and keeps its first due time")
    func attemptIDs() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let first = try await fixture.claimed(.agentkit)
            #expect(try await fixture.settle(first, .retry(after: .zero)) == .done)
            let second = try await fixture.claim()
            #expect(second.id == first.id && second.attempt == 2)
            #expect(second.attemptID != first.attemptID)
            #expect(second.executionID == first.executionID)
            #expect(second.firstDue == first.firstDue)
        }
    }

    @Test("a worker whose heartbeat is too old, or who never beat, claims nothing")
    func deadWorkers() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let id = try await fixture.enqueue(.agentkit)
            try await fixture.kill(fixture.worker)
            #expect(try await claim(fixture) == [])
            let stranger = try await fixture.queue.claim(
                limit: 1, worker: UUID(), queues: ["default"], kinds: QueueFixture.kinds)
            #expect(stranger.isEmpty)
            try await fixture.queue.beat(fixture.worker)
            #expect(try await claim(fixture) == [id])
        }
    }

    @Test("a kind that nobody handles stays available, is reported, and why_job says so")
    func unknownKinds() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let id = try await fixture.queue.enqueue(JobRequest(kind: "translation", payload: [:]))
            _ = try await fixture.queue.enqueue(JobRequest(kind: "translation", payload: [:]))
            _ = try await fixture.enqueue(.agentkit)
            #expect(try await claim(fixture).count == 1)
            #expect(try await fixture.job(id)["state"] == "available")
            let unhandled = try await fixture.queue.unhandledKinds(queues: ["default"])
            #expect(unhandled.map(\.kind) == ["translation"] && unhandled.map(\.jobs) == [2])
            #expect(
                try await fixture.queue.why(id)
                    == "nobody handles it: no live worker serves queue \"default\" and kind "
                    + "\"translation\"")
            // Known kinds are unhandled too once no worker that handles them lives.
            _ = try await fixture.enqueue(.generation)
            try await fixture.kill(fixture.worker)
            let orphaned = try await fixture.queue.unhandledKinds(queues: ["default"])
            #expect(orphaned.map(\.kind) == ["generation", "translation"])
        }
    }
}
