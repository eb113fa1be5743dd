import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("agent-enqueue: pauses, limits and weights", .serialized)
struct SteerCommandTests {
    @Test("pauses, limits and weights are set, shown and removed")
    func brakes() async throws {
        try await Scene.play { scene in
            let agent = "11111111-1111-4111-8111-11111111111A"
            for (arguments, answer) in [
                (["pause", "queue", "bulk", "--reason", "month end"], "paused"),
                (["pause", "agent", agent], "paused"), (["limit", "user", "*", "5"], "limited"),
                (["limit", "payload", "*", "1", "--path", "customer.id"], "limited"),
                (["weight", "u-7", "2.5"], "set"),
            ] {
                let end = try await scene.run("agent-enqueue", arguments)
                #expect(end.exit == .code(0) && end.line == answer, "\(arguments) \(end.errors)")
            }
            let table = try await scene.enqueue("brakes")
            #expect(table.output.split(separator: "\n").count == 6)
            #expect(table.output.contains("month end") && table.output.contains(agent.lowercased()))
            let json = try await scene.enqueue("brakes", "--json")
            #expect(
                json.json.arrayValue?.map { $0["scope"] } == [
                    "payload:customer.id", "user", "agent", "queue", "user",
                ])
            for arguments in [
                ["resume", "queue", "bulk"], ["resume", "agent", agent.lowercased()],
                ["limit", "user", "*", "none"],
                ["limit", "payload", "*", "none", "--path", "customer.id"], ["weight", "u-7", "1"],
            ] {
                #expect(try await scene.run("agent-enqueue", arguments).exit == .code(0))
            }
            #expect(try await scene.enqueue("brakes", "--json").json == [])
        }
    }

    @Test("what makes no sense is refused with what would")
    func refused() async throws {
        try await Scene.play { scene in
            for (arguments, part) in [
                (["pause", "team", "x"], "must be one of queue, kind, user, agent"),
                (["resume", "queue", "x"], "queue x: not paused"),
                (["limit", "kind", "x", "0"], "must be 1 to 1000000, or none"),
                (["limit", "payload", "x", "1"], "payload needs it"),
                (["limit", "kind", "x", "none"], "no such limit"),
                (["weight", "u", "0"], "must be 0.01 to 100"),
            ] {
                let end = try await scene.run("agent-enqueue", arguments)
                #expect(end.exit == .code(2) && end.output.isEmpty, "\(arguments)")
                #expect(end.errors.contains(part), "\(end.errors)")
            }
        }
    }

    @Test("a connection string that cannot work exits 78 and is not shown")
    func badURL() async throws {
        try await Scene.play { scene in
            for url in ["postgresql://u:s3cret@h:port/db", "s3cret", "host=h s3cret"] {
                for (program, arguments) in [
                    ("agent-enqueue", ["list"]), ("agent-worker", ["run"]),
                    ("agent-worker", ["migrate"]),
                ] {
                    let end = try await scene.run(program, arguments, ["DATABASE_URL": url])
                    #expect(end.exit == .code(78), "\(program) \(url)")
                    #expect(end.errors.contains("DATABASE_URL: "), "\(end.errors)")
                    #expect(!end.errors.contains("s3cret"))
                }
            }
        }
    }
}
