import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("Starting and exit codes", .serialized)
struct StartTests {
    @Test("bad settings exit 78, and every one of them is named")
    func badSettings() async throws {
        try await Scene.play { scene in
            let bad = [
                "AGENT_WORKER_LEASE": "soon", "AGENT_WORKER_CONCURRENCY": "0",
                "AGENT_WORKER_POLL_INTERVAL": "1ms", "AGENT_WORKER_QUEUES": "a,a",
                "OPENAI_BASE_URL": "ftp://example", "AGENT_WORKER_PLUGINS": "/nowhere",
            ]
            let end = try await scene.run("agent-worker", ["run", "--drain-timeout", "x"], bad)
            #expect(end.exit == .code(78))
            #expect(end.output.isEmpty)
            for name in bad.keys + ["AGENT_WORKER_DRAIN_TIMEOUT"] {
                #expect(end.errors.contains("agent-worker: \(name)"), "\(end.errors)")
            }
        }
    }

    @Test("a bad log level and a bad plugin file exit 78")
    func badFiles() async throws {
        try await Scene.play { scene in
            let level = try await scene.run("agent-worker", ["run", "--log-level", "loud"])
            #expect(level.exit == .code(78))
            #expect(level.errors.contains("AGENT_WORKER_LOG_LEVEL=loud"))
            let path = try scene.file("bad/mail.json", #"{"plugin":{"name":"a b"}}"#)
            let directory = String(path.dropLast("/mail.json".count))
            let plugin = try await scene.run("agent-worker", ["run", "--plugins", directory])
            #expect(plugin.exit == .code(78))
            #expect(plugin.errors.contains("mail.json"))
        }
    }

    @Test("an unknown flag exits 2")
    func usage() async throws {
        try await Scene.play { scene in
            #expect(try await scene.run("agent-worker", ["run", "--frobnicate"]).exit == .code(2))
            #expect(try await scene.run("agent-worker", ["frobnicate"]).exit == .code(2))
            let help = try await scene.run("agent-worker", ["--help"])
            #expect(help.exit == .code(0) && help.output.contains("SUBCOMMANDS"))
        }
    }

    @Test("a database without migrations exits 78 and names the command that mends it")
    func notMigrated() async throws {
        let database = try await TestDatabase.make()
        try await Scene.play { scene in
            let empty = ["DATABASE_URL": database.url]
            let worker = try await scene.run("agent-worker", ["run"], empty)
            #expect(worker.exit == .code(78))
            #expect(worker.errors.contains("agent-worker migrate"))
            let enqueue = try await scene.run("agent-enqueue", ["list"], empty)
            #expect(enqueue.exit == .code(78))
            #expect(enqueue.errors.contains("agent-worker migrate"))
            let status = try await scene.run("agent-worker", ["migrate", "--status"], empty)
            #expect(status.exit == .code(1) && status.output.contains("pending"))
            let check = try await scene.run("agent-worker", ["check"], empty)
            #expect(check.exit == .code(1) && check.output.contains("fault  migrations"))

            let migrate = try await scene.run("agent-worker", ["migrate"], empty)
            #expect(migrate.exit == .code(0) && migrate.output.contains("applied 0001_records"))
            let again = try await scene.run("agent-worker", ["migrate"], empty)
            #expect(again.exit == .code(0) && again.output.contains("nothing to do"))
            let good = ["DATABASE_URL": database.url, "OPENAI_BASE_URL": scene.stub.address]
            let checked = try await scene.run("agent-worker", ["check"], good)
            // The server of the tests is not durable, others may be.
            let faults = checked.output.split(separator: "\n").filter { $0.hasPrefix("fault") }
            #expect(
                faults.allSatisfy { $0.hasPrefix("fault  durability: fsync is off") },
                "\(checked.output)")
            #expect(checked.exit == .code(faults.isEmpty ? 0 : 1))
        }
        try await database.drop()
    }

    @Test("commands that need the database exit 69 when it is unreachable")
    func unreachable() async throws {
        try await Scene.play { scene in
            let nowhere = ["DATABASE_URL": "postgresql://u:geheim@/db?host=/nowhere"]
            for arguments in [["migrate"], ["check"]] {
                let end = try await scene.run("agent-worker", arguments, nowhere)
                #expect(end.exit == .code(69), "\(arguments): \(end)")
                #expect(!end.errors.contains("geheim"))
            }
        }
    }

    @Test("--until-idle runs what is due, leaves what is not, and exits 0")
    func untilIdle() async throws {
        try await Scene.play { scene in
            let due = try await scene.generation()
            let other = try await scene.job("agentkit", agent: try await scene.agent(), queue: "x")
            let later = try await scene.enqueue("generation", "--prompt", "Later", "--in", "1h")
            let worker = try scene.startWorker([:], ["--until-idle"])
            #expect(try await worker.waitForExit(timeout: .seconds(30)) == .code(0))
            #expect(try await scene.job(due)["state"] == "completed")
            #expect(try await scene.job(other)["state"] == "available")
            #expect(try await scene.job(try #require(later.number))["state"] == "available")
        }
    }
}
