import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("bulk enqueue", .serialized, .timeLimit(.minutes(2)))
struct BulkEnqueueTests {
    static let database = SuiteDatabase(migrated: true)

    private func copy(_ jobs: [JobRequest], into fixture: QueueFixture) async throws -> Int {
        let lines = jobs.map { CopyRow.encode($0, now: Date(timeIntervalSinceNow: -1)) }
        let chunks = AsyncStream { continuation in
            for line in lines { continuation.yield(line) }
            continuation.finish()
        }
        return try await fixture.queue.enqueue(copying: chunks)
    }

    @Test("every job of a COPY is stored as its single enqueue would store it")
    func stored() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let odd = "tab\t line\n return\r back\\slash \\N \"quote\" ž😀"
            let full = JobRequest(
                kind: "generation", payload: ["prompt": .string(odd), "nul": "a\0b"], userID: odd,
                queue: "q", priority: 3, runAt: Date(timeIntervalSince1970: 1_700_000_000.125),
                maxAttempts: 4, timeoutSeconds: 5, uniqueKey: odd, traceContext: "\\.")
            let plain = JobRequest(kind: "x", payload: [:])
            #expect(try await copy([full, plain], into: fixture) == 2)
            let copied = try await fixture.rows("SELECT * FROM jobs ORDER BY kind")
            try await fixture.connection.execute(script: "TRUNCATE jobs")
            for job in [full, plain] { _ = try await fixture.queue.enqueue(job) }
            let single = try await fixture.rows("SELECT * FROM jobs ORDER BY kind")
            #expect(copied.count == 2)
            for (copied, single) in zip(copied, single) {
                for (key, value) in copied.objectValue ?? [:]
                where !["id", "execution_id", "created_at", "run_at"].contains(key) {
                    #expect(single[key] == value, "\(key)")
                }
            }
            #expect(copied[0]["run_at"] == single[0]["run_at"])
            #expect(copied[0]["user_id"] == .string(odd))
        }
    }

    @Test("one refused job of a thousand leaves none")
    func allOrNothing() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            var jobs = [JobRequest](repeating: JobRequest(kind: "x", payload: [:]), count: 1000)
            #expect(try await copy(jobs, into: fixture) == 1000)
            try await fixture.connection.execute(script: "TRUNCATE jobs")
            jobs[700].priority = 12
            let error = await #expect(throws: PostgresError.self) {
                try await copy(jobs, into: fixture)
            }
            #expect(error?.constraint == "jobs.priority must be 0 (first) to 9")
            #expect(try await fixture.count("jobs") == 0)
        }
    }
}
