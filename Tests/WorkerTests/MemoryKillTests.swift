import Foundation
import JSON
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

/// Workers that die, are stopped or told to cancel between a run's end and its settlement.
@Suite("Memory and the end of a worker", .serialized)
struct MemoryKillTests {
    private static let settings = MemoryTests.on.merging([
        "AGENT_WORKER_LEASE": Patience.lease(seconds: 1)
    ]) { $1 }
    private static let hang = ModelStub.fault("hang", model: "gpt-4o-mini", times: 1)

    @Test("killed while the summary is asked for: the run is paid once, its summary kept once")
    func inFlight() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([Self.hang] + MemoryTests.script)
            let worker = try await scene.worker(Self.settings)
            let id = try await scene.job("agentkit", agent: try await scene.agent())
            try await Self.untilSummary(scene)
            worker.terminate(SIGKILL)
            try await worker.waitForExit()
            try await scene.worker(Self.settings)
            let job = try await scene.job(id, reaches: "completed")
            #expect(job["attempt"] == 2)
            try await Self.expectOnce(scene, id, job, summaries: 2, unknown: 1)
        }
    }

    @Test("killed with the summary paid and not written: it is written once, and not paid again")
    func unwritten() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(MemoryTests.script)
            let worker = try await scene.worker(Self.settings)
            let agent = try await scene.agent()
            var id: Int64 = 0
            try await scene.pool.withConnection { blocker in
                try await blocker.execute(
                    script: "BEGIN; LOCK TABLE run_memories IN EXCLUSIVE MODE")
                id = try await scene.job("agentkit", agent: agent)
                try await Self.untilBlocked("remember_run", scene)
                worker.terminate(SIGKILL)
                try await worker.waitForExit()
                try await blocker.execute(script: "ROLLBACK")
            }
            try await scene.worker(Self.settings)
            let job = try await scene.job(id, reaches: "completed")
            #expect(job["attempt"] == 2)
            try await Self.expectOnce(scene, id, job, summaries: 1, unknown: 0)
        }
    }

    @Test("killed with the memory written and the run not settled: nothing is done again")
    func unsettled() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(MemoryTests.script)
            let worker = try await scene.worker(Self.settings)
            let agent = try await scene.agent(workflow: [MemoryTests.step])
            var id: Int64 = 0
            try await scene.pool.withConnection { blocker in
                try await blocker.execute(
                    script: "BEGIN; LOCK TABLE agent_executions IN EXCLUSIVE MODE")
                id = try await scene.job("orchestrator", agent: agent)
                try await Self.untilBlocked("settle_jobs", scene)
                worker.terminate(SIGKILL)
                try await worker.waitForExit()
                // Its settlement must not be committed after its death.
                try await blocker.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND query LIKE '%settle_jobs%'
                        AND pid <> pg_backend_pid()
                    """)
                try await blocker.execute(script: "ROLLBACK")
            }
            #expect(try await scene.count("run_memories") == 1)
            try await scene.worker(Self.settings)
            let job = try await scene.job(id, reaches: "completed")
            #expect(job["attempt"] == 2)
            try await Self.expectOnce(scene, id, job, summaries: 1, unknown: 0)
        }
    }

    @Test(
        "a stop and a cancel that meet the summary leave the run completed, without it",
        arguments: [true, false])
    func interrupted(isStop: Bool) async throws {
        try await Scene.play { scene in
            try await scene.stub.script([Self.hang] + MemoryTests.script)
            let worker = try await scene.worker(
                Self.settings.merging(["AGENT_WORKER_DRAIN_TIMEOUT": "0s"]) { $1 })
            let id = try await scene.job("agentkit", agent: try await scene.agent())
            try await Self.untilSummary(scene)
            if isStop {
                worker.terminate()
                #expect(try await worker.waitForExit() == .code(0))
            } else {
                #expect(try await scene.cancel(id) == "cancelling")
            }
            let job = try await scene.job(id, reaches: "completed")
            #expect(job["attempt"] == 1 && job["output"] != .null)
            let line = try await worker.waitForLine(containing: "job settled")
            #expect(line.contains("memory=\"skipped: "), "\(line)")
            #expect(try await scene.count("run_memories") == 0)
            #expect(try await scene.count("token_usage", where: "status = 'pending'") == 0)
        }
    }

    @Test("a later attempt is told what the first was, whatever other runs left meanwhile")
    func sameAgain() async throws {
        try await Scene.play { scene in
            // The second step's first call hangs.
            let hang: JSONValue = [
                "match": ["contains": "Decide at last"], "times": 1, "fault": "hang",
            ]
            try await scene.stub.script([hang] + MemoryTests.script)
            let settings = Self.settings.merging(["AGENT_WORKER_JOURNAL_RETENTION": "1h"]) { $1 }
            let worker = try await scene.worker(settings)
            let last: JSONValue = [
                "id": "last", "type": "llm_decision", "prompt": "Decide at last",
                "dependencies": ["think"],
            ]
            let agent = try await scene.agent(workflow: [MemoryTests.step, last])
            let id = try await scene.job("orchestrator", agent: agent)
            try await eventually(within: .seconds(20), "the second step's call") {
                try await scene.stub.requests()["total"]?.intValue ?? 0 >= 2
            }
            worker.terminate(SIGKILL)
            try await worker.waitForExit()
            try await scene.pool.query(
                """
                INSERT INTO run_memories (agent_id, user_id, run_number, summary)
                VALUES ($1, $2::text::uuid, 1, $3)
                """, [.uuid(agent), .text(Scene.user), .text(MemoryTests.summary)])
            try await scene.worker(settings)
            let job = try await scene.job(id, reaches: "completed")
            #expect(!job.serialized.contains(MemoryTests.seen))
            // think, last twice, the summary
            #expect(try await scene.stub.requests()["total"] == 4)
            #expect(try await scene.count("run_steps", where: "divergences > 0") == 0)
            #expect(try await scene.execution(of: id)["logs"]?["memory"]?["entries"] == 0)
            #expect(
                try await scene.row("SELECT max(run_number) AS n FROM run_memories")["n"] == 2)

            let replay = try await scene.run(
                "agent-worker", ["replay", "\(id)"],
                ["OPENAI_BASE_URL": scene.stub.address + "/v1"])
            #expect(replay.exit == .code(0), "\(replay.output)\(replay.errors)")
        }
    }

    private static func untilSummary(_ scene: Scene) async throws {
        try await eventually(within: .seconds(20), "the summary's call at the stub") {
            try await !scene.stub.calls(of: "gpt-4o-mini").isEmpty
        }
    }

    private static func untilBlocked(_ statement: String, _ scene: Scene) async throws {
        try await eventually(within: .seconds(20), "\(statement) waiting for a lock") {
            try await scene.count(
                "pg_stat_activity",
                where: """
                    datname = current_database() AND wait_event_type = 'Lock'
                        AND query LIKE '%\(statement)%'
                    """) > 0
        }
    }

    private static func expectOnce(
        _ scene: Scene, _ id: Int64, _ job: JSONValue, summaries: Int, unknown: Int
    ) async throws {
        #expect(try await scene.stub.calls(of: "gpt-4o").count == 1)
        #expect(try await scene.stub.calls(of: "gpt-4o-mini").count == summaries)
        let memories = try await scene.rows("SELECT * FROM run_memories")
        #expect(memories.count == 1)
        #expect(memories.first?["execution_id"] == job["execution_id"])
        #expect(memories.first?["run_number"] == 1)
        let calls = try await scene.calls(of: id)
        #expect(calls.count { $0["status"] == "settled" } == 2)
        #expect(calls.count { $0["status"] == "unknown" } == unknown)
        #expect(calls.count == 2 + unknown)
    }
}
