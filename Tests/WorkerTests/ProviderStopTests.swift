import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("Stopped and closed providers", .serialized)
struct ProviderStopTests {
    private static func fault(_ name: String) -> JSONValue {
        ["match": ["model": "gpt-4o"], "fault": .string(name)]
    }

    @Test("an account out of credit holds its jobs, says so, and lets them go when it is resumed")
    func quota() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([Self.fault("quota")])
            let worker = try await scene.worker(["AGENT_WORKER_CONCURRENCY": "1"])
            var jobs: [Int64] = []
            for kind in ["generation", "agentkit", "orchestrator"] {
                jobs.append(try await scene.anyJob(kind, maxAttempts: 1))
            }
            for id in jobs {
                let job = try await scene.job(id, reaches: "held")
                #expect(job["hold_key"] == "quota:openai")
                #expect(
                    job["hold_reason"]?.stringValue?.contains("provider resume openai") == true)
                #expect(job["attempt"] == 0)
            }
            try await worker.waitForLine(containing: "provider stopped")
            #expect(
                worker.stderr.split(separator: "\n").contains {
                    $0.contains("critical") && $0.contains("provider stopped")
                })
            let calls = try await scene.stub.calls(of: "gpt-4o")
            #expect(calls.count == 1, "the first refusal is enough")
            let check = try await scene.run("agent-worker", ["check"])
            #expect(check.exit == .code(1))
            #expect(check.output.contains("fault  provider openai: openai is stopped"))
            let list = try await scene.run("agent-worker", ["provider", "list"])
            #expect(list.output.hasPrefix("openai\t*\tquota\t"))

            try await scene.stub.script([])
            #expect(
                try await scene.run("agent-worker", ["provider", "resume", "openai"]).exit
                    == .code(0))
            // What lets held jobs go at once may come with a later migration.
            try await scene.pool.query(
                "UPDATE jobs SET hold_until = clock_timestamp() WHERE state = 'held'")
            for id in jobs {
                let job = try await scene.job(id, reaches: "completed")
                #expect(job["attempt"] == 1)
            }
            let again = try await scene.run("agent-worker", ["provider", "resume", "openai"])
            #expect(again.exit == .code(2))
            #expect(again.errors.contains("nothing of openai is closed"))
        }
    }

    @Test("the slow probe of a stopped account finds out by itself that it pays again")
    func slowProbe() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([
                ["match": ["model": "gpt-4o"], "fault": "quota", "times": 2]
            ])
            try await scene.worker(["AGENT_WORKER_QUOTA_PROBE": "1s"])
            let id = try await scene.generation(maxAttempts: 1)
            let job = try await scene.job(id, reaches: "completed", within: .seconds(60))
            #expect(job["attempt"] == 1)
            #expect(try await scene.count("provider_cooldowns") == 0)
            #expect(try await scene.stub.calls(of: "gpt-4o").count == 3)
        }
    }

    @Test("with other models to fall back on, a cool-down sends a run on at once")
    func ladder() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([Self.fault("429:60")])
            try await scene.worker(["AGENT_WORKER_FALLBACK_MODELS": "gpt-4o-mini"])
            for kind in ["generation", "agentkit", "orchestrator"] {
                let id = try await scene.anyJob(kind, maxAttempts: 1)
                let job = try await scene.job(id, reaches: "completed")
                #expect(job["attempt"] == 1)
            }
            #expect(try await scene.stub.calls(of: "gpt-4o").count == 1)
            #expect(try await scene.count("provider_cooldowns") == 1)
        }
    }

    @Test("limits are set, shown and removed, and a bad one is named")
    func commands() async throws {
        try await Scene.play { scene in
            func limit(_ arguments: String...) async throws -> ProgramEnd {
                try await scene.run("agent-worker", ["limit"] + arguments)
            }
            #expect(
                try await limit("set", "openai", "gpt-4o", "--requests", "600").exit == .code(0))
            #expect(try await limit("set", "openai", "*", "--tokens", "90000").exit == .code(0))
            #expect(
                try await limit("list").output
                    == "openai\t*\t-\t90000\t-\t-\nopenai\tgpt-4o\t600\t-\t-\t-\n")
            #expect(try await limit("remove", "openai", "*").exit == .code(0))
            #expect(try await limit("remove", "openai", "*").exit == .code(2))
            let bad = try await limit("set", "openai", "gpt-4o", "--requests", "0")
            #expect(bad.exit == .code(2) && bad.errors.contains("--requests must be from 1"))
            let none = try await limit("set", "openai", "gpt-4o")
            #expect(none.exit == .code(2) && none.errors.contains("--requests, --tokens or both"))
        }
    }
}
