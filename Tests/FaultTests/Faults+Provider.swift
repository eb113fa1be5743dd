import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    /// Every fault that `model-stub --help` lists.
    static let provider = [
        "latency:800", "hang", "hangbody", "drip:1", "truncate", "shortlength", "longlength",
        "hugebody:16", "hugeheaders:200", "reset", "resetbody", "empty", "status:500", "status:503",
        "429:1", "429date:2", "429huge:1", "quota", "badjson", "html200", "midstreamerror", "nul",
        "surrogate", "invalidutf8", "overflow", "deep:500", "nousage", "negativeusage",
        "hugeusage", "contentfilter", "refusal", "length",
    ]

    @Test("every fault of the provider, in every kind of job")
    func provider() async throws {
        let help = try TestProcess(Binary.path("model-stub"), ["--help"])
        try await help.waitForExit()
        let known = Set(Self.provider.map { String($0.prefix { $0 != ":" }) })
        let settings = [
            "AGENT_WORKER_CONCURRENCY": "20", "AGENT_WORKER_JOB_TIMEOUT": "3s",
            "AGENT_WORKER_LONGEST_SNOOZE": "2s", "AGENT_WORKER_QUOTA_PROBE": "1s",
        ]
        try await Rig.play("provider, \(known.count) faults", crew: 2, settings: settings) { rig in
            try await rig.scene.stub.script(
                Self.provider.flatMap { fault in
                    ["generation", "agentkit", "orchestrator"].map {
                        ModelStub.fault(fault, model: "\(fault) \($0)", times: 1)
                    }
                })
            for _ in 0..<FaultCount.rounds {
                for fault in Self.provider {
                    #expect(help.stdout.contains(String(fault.prefix { $0 != ":" })))
                    for kind in ["generation", "agentkit", "orchestrator"] {
                        rig.note(try await rig.scene.anyJob(kind, model: "\(fault) \(kind)"))
                    }
                    try await rig.struck(look: false)
                }
            }
            try await rig.look()
            try await rig.recovers()
        }
    }

    @Test("the provider goes away and comes back in mid load")
    func flakyProvider() async throws {
        try await Rig.play("provider, a third of all calls reset", crew: 2) { rig in
            for round in 0..<(20 * FaultCount.rounds) {
                let model = "flaky \(round)"
                try await rig.scene.stub.script([
                    ModelStub.fault("reset", model: model, times: round % 3)
                ])
                for kind in ["generation", "agentkit", "orchestrator"] {
                    rig.note(try await rig.scene.anyJob(kind, model: model, maxAttempts: 10))
                }
                try await rig.struck(look: false)
            }
            try await rig.recovers()
        }
    }

    @Test("an MCP server that dies in its first call")
    func deadTool() async throws {
        try await Rig.play("MCP server crash", crew: 0) { rig in
            let server = try rig.scene.file("mcp.py", Self.mcpServer)
            let plugin: JSONValue = [
                "plugin": ["name": "frail", "description": "It dies", "version": "1"],
                "mcp": [
                    "command": ["python3", .string(server), .string(rig.scene.directory)],
                    "effects": ["look": "idempotent"],
                    "env": ["PATH": "/usr/bin:/bin:/usr/local/bin"],
                ],
            ]
            _ = try rig.scene.file("plugins/frail.json", plugin.serialized)
            try rig.join()
            let steps: JSONValue = [
                [
                    "id": "look", "type": "action", "plugin": "frail", "action": "look",
                    "params": [:],
                ]
            ]
            let agent = try await rig.scene.agent(plugins: ["frail"], workflow: steps)
            for _ in 0..<(3 * FaultCount.rounds) {
                try? FileManager.default.removeItem(atPath: rig.scene.directory + "/died")
                let job = try await rig.scene.job("orchestrator", agent: agent, maxAttempts: 5)
                rig.note(job)
                _ = try await rig.scene.end(of: job)
                #expect(FileManager.default.fileExists(atPath: rig.scene.directory + "/died"))
                try await rig.struck()
            }
            try await rig.recovers()
        }
    }

    /// It crashes in a call unless a file says that it has crashed before.
    private static let mcpServer = """
        import json, os, sys
        mark = sys.argv[1] + '/died'
        for line in sys.stdin:
            said = json.loads(line)
            method, number = said.get('method'), said.get('id')
            if number is None:
                continue
            if method == 'initialize':
                result = {'protocolVersion': said['params']['protocolVersion'],
                          'capabilities': {'tools': {}}, 'serverInfo': {'name': 'frail', 'version': '1'}}
            elif method == 'tools/list':
                result = {'tools': [{'name': 'look', 'description': 'Looks',
                                     'inputSchema': {'type': 'object', 'properties': {}}}]}
            elif method == 'tools/call':
                if not os.path.exists(mark):
                    open(mark, 'w').close()
                    os.kill(os.getpid(), 9)
                result = {'content': [{'type': 'text', 'text': '{"seen": 1}'}]}
            else:
                result = {}
            print(json.dumps({'jsonrpc': '2.0', 'id': number, 'result': result}), flush=True)
        """
}
