import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("agent-enqueue: enqueueing", .serialized)
struct EnqueueCommandTests {
    @Test("each kind prints a bare id, or JSON, and the row holds what was said")
    func kinds() async throws {
        try await Scene.play { scene in
            let agent = try await scene.agent().uuidString.lowercased()
            let end = try await scene.enqueue(
                "generation", "--prompt", "Watch prices", "--user", "u-7", "--model", "gpt-4o",
                "--priority", "2", "--queue", "slow", "--max-attempts", "5", "--job-timeout", "90s")
            #expect(end.exit == .code(0) && end.errors.isEmpty)
            let job = try await scene.job(try #require(end.number))
            #expect(job["kind"] == "generation" && job["user_id"] == "u-7")
            #expect(job["payload"] == ["prompt": "Watch prices", "model": "gpt-4o"])
            #expect(job["priority"] == 2 && job["queue"] == "slow")
            #expect(job["max_attempts"] == 5 && job["timeout_s"] == 90)

            for kind in ["agentkit", "orchestrator"] {
                let file = try scene.file("in.json", #"{"city":"Oslo","limit":1}"#)
                let end = try await scene.enqueue(
                    kind, "--agent", agent.uppercased(), "--user", Scene.user.uppercased(),
                    "--input-file", file, "--input", "limit=5", "--input", "note=a=b",
                    "--input", "tags=[1,2]", "--user-prompt", "Go", "--json")
                #expect(end.exit == .code(0) && end.errors.isEmpty)
                let id = try #require(end.json["id"]?.intValue)
                #expect(end.output.split(separator: "\n").count == 1)
                let job = try await scene.job(Int64(id))
                #expect(job["kind"] == .string(kind) && job["agent_id"] == .string(agent))
                #expect(job["user_id"] == .string(Scene.user))
                #expect(
                    job["payload"] == [
                        "input_values": [
                            "city": "Oslo", "limit": 5, "note": "a=b", "tags": [1, 2],
                        ], "user_prompt": "Go",
                    ])
            }
            let existing = try scene.file("agent.json", #"{"name":"Old"}"#)
            let update = try await scene.enqueue(
                "generation", "--prompt", "Rename it", "--existing-agent", existing)
            let updated = try await scene.job(try #require(update.number))
            #expect(updated["payload"]?["existing_agent"] == ["name": "Old"])
        }
    }

    @Test("--in and --run-at set when the job falls due")
    func due() async throws {
        try await Scene.play { scene in
            let soon = try await scene.enqueue("generation", "--prompt", "x", "--in", "90m")
            let row = try await scene.row(
                """
                SELECT extract(epoch FROM run_at - created_at)::float8 AS seconds FROM jobs
                WHERE id = $1
                """, [.int64(try #require(soon.number))])
            #expect(abs((row["seconds"]?.doubleValue ?? 0) - 5400) < 30)
            let fixed = try await scene.enqueue(
                "generation", "--prompt", "x", "--run-at", "2031-01-31T08:00:00Z")
            let job = try await scene.job(try #require(fixed.number))
            #expect(job["run_at"]?.stringValue?.hasPrefix("2031-01-31T08:00:00") == true)
            let why = try await scene.enqueue("why", "\(try #require(fixed.number))")
            #expect(why.line.hasPrefix("not due until 2031-01-31"))
        }
    }

    @Test("the same --unique-key twice answers one id")
    func uniqueKey() async throws {
        try await Scene.play { scene in
            let first = try await scene.enqueue(
                "generation", "--prompt", "x", "--unique-key", "daily")
            let second = try await scene.enqueue(
                "generation", "--prompt", "y", "--unique-key", "daily")
            #expect(first.number != nil && first.line == second.line)
            #expect(try await scene.count("jobs") == 1)
        }
    }

    @Test("--wait ends 0 with the finished job, 1 when it failed, 75 when the time is over")
    func wait() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([ModelStub.fault("status:400", model: "poor")])
            let late = try await scene.enqueue(
                "generation", "--prompt", "x", "--wait", "--timeout", "300ms")
            #expect(late.exit == .code(75) && late.output.isEmpty)
            #expect(late.errors.contains("still available"))

            try await scene.worker()
            let good = try await scene.enqueue("generation", "--prompt", "x", "--wait")
            #expect(good.exit == .code(0))
            #expect(good.output.contains("completed") && good.output.hasPrefix("ID"))
            #expect(good.errors.contains("enqueued, waiting"))

            let bad = try await scene.enqueue(
                "generation", "--prompt", "x", "--model", "poor", "--wait", "--json")
            #expect(bad.exit == .code(1), "\(bad)")
            #expect(bad.json["state"] == "failed" && bad.json["attempt"] == 1)
            #expect(bad.json["last_error"]?.stringValue?.isEmpty == false)

            let both = try await scene.enqueue(
                "wait", "\(good.json["id"]?.intValue ?? 2)", "\(bad.json["id"]?.intValue ?? 3)")
            #expect(both.exit == .code(1))
        }
    }

    /// Arguments that are refused, and what the message names.
    static let bad: [(arguments: [String], names: String)] = [
        ([], ""), (["frobnicate"], "frobnicate"), (["generation"], "--prompt"),
        (["generation", "--prompt", "  "], "--prompt"),
        (["generation", "--prompt", "x", "--priority", "10"], "--priority"),
        (["generation", "--prompt", "x", "--max-attempts", "0"], "--max-attempts"),
        (["generation", "--prompt", "x", "--in", "soon"], "--in"),
        (["generation", "--prompt", "x", "--run-at", "noon"], "--run-at"),
        (["generation", "--prompt", "x", "--in", "1s", "--run-at", "noon"], "--run-at and --in"),
        (["generation", "--prompt", "x", "--existing-agent", "/nowhere"], "--existing-agent"),
        (["generation", "--prompt", "x", "--bogus"], "--bogus"),
        (["agentkit", "--agent", "x", "--user", Scene.user], "--agent x"),
        (["agentkit", "--agent", Scene.user, "--user", "bob"], "--user bob"),
        (["agentkit", "--agent", Scene.user, "--user", Scene.user, "--input", "=1"], "--input"),
        (["orchestrator", "--user", Scene.user], "--agent"),
        (["status"], "id"), (["status", "abc"], "abc"), (["status", "4711"], "4711"),
        (["why", "4711"], "4711"), (["cancel", "4711"], "4711"), (["retry", "4711"], "4711"),
        (["wait", "4711"], "4711"), (["wait", "1", "--timeout", "x"], "--timeout"),
        (["list", "--state", "lost"], "--state lost"), (["list", "--limit", "0"], "--limit"),
        (["history"], "--user"), (["history", "--user", "u", "--limit", "1001"], "--limit"),
        (["bulk"], "file"), (["bulk", "/nowhere.ndjson"], "/nowhere.ndjson"),
    ]

    @Test("what cannot be meant exits 2, says so on standard error, and enqueues nothing")
    func usage() async throws {
        try await Scene.play { scene in
            for (arguments, name) in Self.bad where !arguments.isEmpty {
                let end = try await scene.run("agent-enqueue", arguments)
                #expect(end.exit == .code(2), "\(arguments): \(end)")
                #expect(end.output.isEmpty, "\(arguments): \(end.output)")
                #expect(end.errors.contains(name), "\(arguments): \(end.errors)")
            }
            #expect(try await scene.count("jobs") == 0)
        }
    }

    @Test("an unreachable database exits 69 without naming its password")
    func unreachable() async throws {
        try await Scene.play { scene in
            let nowhere = ["DATABASE_URL": "postgresql://u:geheim@/db?host=/nowhere"]
            for arguments in [
                ["generation", "--prompt", "x"], ["list"], ["status", "1"], ["bulk", "-"],
                ["history", "--user", "u"],
            ] {
                let end = try await scene.run("agent-enqueue", arguments, nowhere)
                #expect(end.exit == .code(69), "\(arguments): \(end)")
                #expect(end.output.isEmpty && !end.errors.contains("geheim"))
                #expect(end.errors.contains("cannot reach the database"))
            }
        }
    }

    @Test("help and the completion script are results")
    func help() async throws {
        try await Scene.play { scene in
            let help = try await scene.enqueue("--help")
            #expect(help.exit == .code(0) && help.output.contains("Exit codes"))
            #expect(help.errors.isEmpty)
            let version = try await scene.enqueue("--version")
            #expect(version.exit == .code(0) && !version.line.isEmpty)
            let script = try await scene.enqueue("--generate-completion-script", "bash")
            #expect(script.exit == .code(0) && script.errors.isEmpty)
            // Tabs and all: bash must be able to read it.
            let path = try scene.file("completion.bash", script.output)
            let bash = try TestProcess("/bin/bash", ["-n", path])
            #expect(try await bash.waitForExit() == .code(0))
            #expect(bash.stderr.isEmpty)
        }
    }
}
