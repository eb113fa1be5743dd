/// PostgreSQL's own load generator with a script of ours: a bare C client.
struct Pgbench: Sendable {
    let bench: Bench
    let database: BenchDatabase
    var clients = 2

    /// So many transactions in all; more than `clients`.
    func run(_ script: String, transactions: Int) async throws -> ChildProcess.End {
        try await run(script, ["-t", "\(max(1, transactions / clients))"]).end
    }

    /// For so long; answers transactions per second, without the time of connecting.
    func rate(_ script: String, seconds: Int) async throws -> Double {
        let output = try await run(script, ["-T", "\(seconds)"]).output
        for line in output.split(separator: "\n") where line.hasPrefix("tps = ") {
            if let rate = line.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) }) {
                return rate
            }
        }
        throw BenchError("pgbench said no rate")
    }

    private func run(
        _ script: String, _ length: [String]
    ) async throws -> (end: ChildProcess.End, output: String) {
        let file = try bench.files.write(script, as: "script.sql")
        let client = try ChildProcess(
            try Programs.find("pgbench"),
            [
                "-n", "-M", "prepared", "-c", "\(clients)", "-j", "2", "-f", file,
            ] + length + [database.url],
            environment: ["PGOPTIONS": "-c plan_cache_mode=force_generic_plan -c jit=off"],
            files: bench.files)
        let end = try await client.end(within: .seconds(900))
        guard end.code == 0 else { throw BenchError("pgbench: \(client.errorTail)") }
        return (end, client.output)
    }
}
