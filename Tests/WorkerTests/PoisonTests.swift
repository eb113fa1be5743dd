import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// Content that a database cannot store, or that no budget foresaw, wherever a model or a tool can
/// put it: text, structured output, tool arguments, tool results, usage.
@Suite("Replies that cannot be stored as they are", .serialized)
struct PoisonTests {
    static let faults = [
        "nul", "surrogate", "invalidutf8", "overflow", "deep:200", "deep:20000", "nousage",
        "negativeusage", "hugeusage",
    ]

    @Test("every such job ends, others of the same batch complete, and all are on record")
    func contained() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(
                Self.faults.map { ModelStub.fault($0, model: Self.name($0)) })
            var poisoned: [(what: String, id: Int64)] = []
            var healthy: [Int64] = []
            for fault in Self.faults {
                for kind in ["generation", "agentkit", "orchestrator"] {
                    let id = try await scene.anyJob(kind, model: Self.name(fault), maxAttempts: 2)
                    poisoned.append(("\(fault) in \(kind)", id))
                }
                // With a tool the fault is in the tool call's arguments.
                let agent = try await scene.agent(plugins: ["shop"])
                let id = try await scene.job(
                    "agentkit", ["model": .string(Self.name(fault))], agent: agent, maxAttempts: 2)
                poisoned.append(("\(fault) in tool arguments", id))
                healthy.append(try await scene.anyJob("agentkit"))
                healthy.append(try await scene.generation())
            }
            let worker = try await scene.worker([
                "AGENT_WORKER_PLUGINS": try scene.plugins(), "AGENT_WORKER_CONCURRENCY": "20",
            ])
            for (what, id) in poisoned {
                let job = try await scene.end(of: id, within: .seconds(60))
                #expect(
                    job["state"] == "completed" || job["state"] == "failed",
                    "\(what): \(job.serialized)")
                #expect(
                    try await scene.calls(of: id).allSatisfy { $0["status"] != "pending" },
                    "\(what)")
                let tokens = try await scene.calls(of: id).compactMap {
                    $0["input_tokens"]?.intValue
                }
                #expect(tokens.allSatisfy { $0 >= 0 }, "\(what)")
            }
            for id in healthy { try await scene.job(id, reaches: "completed") }
            #expect(worker.isRunning)
        }
    }

    @Test("a tool's result that cannot be stored does not keep its run from being recorded")
    func toolResults() async throws {
        try await Scene.play { scene in
            let faults = ["nul", "surrogate", "invalidutf8", "overflow", "deep:200", "badjson"]
            try await scene.stub.script(
                faults.map {
                    ["match": ["path": "/tools/items"], "times": 1, "fault": .string($0)]
                })
            // One at a time, so that each meets one fault.
            try await scene.worker([
                "AGENT_WORKER_PLUGINS": try scene.plugins(), "AGENT_WORKER_CONCURRENCY": "1",
            ])
            let action: JSONValue = [
                "id": "list", "type": "action", "plugin": "shop", "action": "items",
                "params": ["count": 2],
            ]
            let agent = try await scene.agent(plugins: ["shop"], workflow: [action])
            for fault in faults {
                let id = try await scene.job("orchestrator", agent: agent)
                let job = try await scene.end(of: id)
                #expect(
                    job["state"] == "completed" || job["state"] == "failed",
                    "\(fault): \(job.serialized)")
            }
        }
    }

    private static func name(_ fault: String) -> String {
        "m-\(fault.replacing(":", with: "-"))"
    }
}
