import JSON

/// P6: what a waiting call costs.
struct InFlightScenario: Scenario {
    let number = "P6"
    let name = "in-flight"
    let title = "slow model calls in flight in one process, 2 s each, 2 kB replies"

    func contest(_ bench: Bench) async throws -> Contest {
        let script = try bench.files.write(
            #"{"default": {"reply": {"content": "\#(String(repeating: "word ", count: 400))"}}}"#,
            as: "script.json")
        let stub = try ChildProcess(
            bench.programs.modelStub,
            ["--die-with-parent", "--latency", "2s", "--script", script], files: bench.files)
        let address = try await Self.address(of: stub)
        var contestants: [Contestant] = []
        var goals: [Goal] = []
        for calls in [1_000, 5_000].map({ bench.scaled($0, atLeast: 20) }) {
            let ours = "agent-worker's client, \(calls)"
            let bare = "bare libcurl, \(calls)"
            contestants += [
                Contestant(ours) {
                    try await Self.run(
                        bench.programs.bench, ["calls", address + "/v1", "\(calls)"], calls, bench)
                },
                Contestant(bare) {
                    try await Self.run(
                        bench.programs.limit,
                        [
                            "calls", address + "/v1/chat/completions", "\(calls)",
                            CallsCommand.bareBody,
                        ], calls, bench)
                },
            ]
            goals += [
                Goal(.clientMicros, of: ours, .ratio(to: bare), .atMost(1.3)),
                Goal(.kilobytesPerCall, of: ours, .alone, .atMost(35)),
                Goal(.failed, of: ours, .alone, .atMost(0)),
            ]
        }
        return Contest(
            contestants: contestants, goals: goals,
            notes: [
                "client µs: CPU of the calling process per call; ms: from the first call to the last reply",
                "published: async-http-client failed 968 of 5,000",
            ],
            finish: { stub.kill() })
    }

    private static func address(of stub: ChildProcess) async throws -> String {
        for _ in 0..<500 {
            if let word = stub.output.split(separator: "\n").first?.split(separator: " ").last {
                return String(word)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw BenchError("model-stub did not start: \(stub.errorTail)")
    }

    /// Both programs answer `{"seconds", "cpu_seconds", "idle_kb", "peak_kb", "failed"}`.
    private static func run(
        _ program: String, _ arguments: [String], _ calls: Int, _ bench: Bench
    ) async throws -> Sample {
        let child = try ChildProcess(program, arguments, files: bench.files)
        let end = try await child.end(within: .seconds(120))
        guard end.code == 0 else { throw BenchError(child.errorTail) }
        let answer = try JSONValue(parsing: Array(child.output.utf8))
        func number(_ name: String) throws(BenchError) -> Double {
            guard let value = answer[name]?.doubleValue else { throw BenchError("no \(name)") }
            return value
        }
        return Sample([
            .milliseconds: try number("seconds") * 1_000,
            .clientMicros: try number("cpu_seconds") * 1e6 / Double(calls),
            .kilobytesPerCall: (try number("peak_kb") - number("idle_kb")) / Double(calls),
            .residentMegabytes: try number("peak_kb") / 1024, .failed: try number("failed"),
        ])
    }
}
