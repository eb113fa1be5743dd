import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("Fairness and limits with real workers", .serialized)
struct FairnessTests {
    /// Jobs of one user, `count` of them, in one statement.
    private func enqueue(_ scene: Scene, _ count: Int, user: String) async throws {
        try await scene.pool.query(
            """
            INSERT INTO jobs (kind, user_id, payload)
            SELECT 'generation', $1, '{"prompt": "An agent that watches prices"}'
            FROM generate_series(1, $2::integer)
            """, [.text(user), .int32(Int32(count))])
    }

    @Test("a user's first job waits for no more than the jobs that run, behind 20,000 of another")
    func newcomer() async throws {
        try await Scene.play(stub: ["--latency", "100ms"]) { scene in
            try await enqueue(scene, 20_000, user: "many")
            try await scene.worker(["AGENT_WORKER_CONCURRENCY": "4"])
            try await eventually("jobs that run") {
                try await scene.count("jobs", where: "state = 'completed'") > 8
            }
            // A machine that is busy elsewhere for a moment delays the search for a newcomer; a worker
            // that does not search delays each of them.
            var waits: [Int] = []
            while waits.count < 3, waits.min() ?? .max > 8 {
                waits.append(try await claimsBefore(scene, newcomer: "new\(waits.count)"))
            }
            // One turn of each slot, and one more that may be on its way.
            #expect(waits.min() ?? .max <= 8, "\(waits) jobs were claimed before it")
        }
    }

    /// How many jobs of others are claimed between the commit of a newcomer's first job and its claim.
    private func claimsBefore(_ scene: Scene, newcomer: String) async throws -> Int {
        // Hidden between others' jobs: neither the longest due nor the latest.
        try await scene.pool.query(
            """
            INSERT INTO jobs (kind, user_id, payload, run_at)
            SELECT 'generation', CASE n WHEN 500 THEN $1 ELSE 'many' END,
                '{"prompt": "An agent that watches prices"}', now()
            FROM generate_series(1, 1000) AS n
            """, [.text(newcomer)])
        // From the commit on, not from the INSERT's begin, which is its jobs' created_at.
        let enqueued = try await scene.row("SELECT clock_timestamp()::text AS at")["at"]
        try await eventually("the newcomer's claim") {
            try await scene.count(
                "jobs", where: "user_id = '\(newcomer)' AND claimed_at IS NOT NULL") == 1
        }
        return try await scene.count(
            "jobs",
            where: """
                claimed_at > '\(enqueued?.stringValue ?? "")'
                    AND claimed_at < (SELECT claimed_at FROM jobs WHERE user_id = '\(newcomer)')
                """)
    }

    @Test("two workers keep a limit, and go on within it until all is done")
    func limit() async throws {
        try await Scene.play(stub: ["--latency", "20ms"]) { scene in
            let set = try await scene.enqueue("limit", "kind", "generation", "3")
            #expect(set.exit == .code(0))
            try await enqueue(scene, 60, user: "u")
            let workers = [
                try scene.startWorker(["AGENT_WORKER_CONCURRENCY": "5"], []),
                try scene.startWorker(["AGENT_WORKER_CONCURRENCY": "5"], []),
            ]
            var most = 0
            try await eventually(within: .seconds(60), "the end of all jobs") {
                most = max(most, try await scene.count("jobs", where: "state = 'running'"))
                return try await scene.count("jobs", where: "state = 'completed'") == 60
            }
            #expect((1...3).contains(most))
            #expect(try await scene.count("job_attempts") == 60)
            for worker in workers { worker.terminate() }
        }
    }

    @Test("a paused kind is not run; a resume wakes it at once")
    func pause() async throws {
        try await Scene.play { scene in
            let pause = try await scene.enqueue("pause", "kind", "generation", "--reason", "tests")
            #expect(pause.exit == .code(0) && pause.line == "paused")
            try await scene.worker(["AGENT_WORKER_POLL_INTERVAL": "60s"])
            let id = try await scene.generation()
            try await scene.job(id, reaches: "held")
            let why = try await scene.enqueue("why", "\(id)")
            #expect(why.line == "held until it is resumed: kind generation is paused: tests")
            let resume = try await scene.enqueue("resume", "kind", "generation")
            #expect(resume.line == "resumed")
            try await scene.job(id, reaches: "completed")
        }
    }
}
