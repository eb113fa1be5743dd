import Glibc

/// Worker processes of this program's handlers on a database.
struct WorkerFleet: Sendable {
    let bench: Bench
    let database: BenchDatabase
    var workers = 1
    var concurrency = 400
    /// Instead of the database's own, such as with session settings.
    var url: String?
    /// Further arguments of `agent-bench worker`.
    var arguments: [String] = []
    var environment: [String: String] = [:]
    var limit = Duration.seconds(900)

    /// What a drain cost the workers.
    struct Effort: Sendable {
        var cpuSeconds: Double
        /// The most memory that one of them held.
        var peakKilobytes: Int
    }

    func start(untilIdle: Bool = true) throws(BenchError) -> ChildProcess {
        var variables: [String: String?] = [
            "DATABASE_URL": url ?? database.url, "AGENT_WORKER_CONCURRENCY": "\(concurrency)",
            "AGENT_WORKER_LOG_LEVEL": "warning",
        ]
        for (name, value) in environment { variables[name] = value }
        return try ChildProcess(
            bench.programs.bench, ["worker"] + (untilIdle ? ["--until-idle"] : []) + arguments,
            environment: variables, files: bench.files)
    }

    /// Starts the workers and waits until nothing is due or running.
    func drain() async throws -> Effort {
        var children: [ChildProcess] = []
        do {
            for _ in 0..<workers { children.append(try start()) }
            return try await end(children)
        } catch {
            for child in children { child.kill() }
            throw error
        }
    }

    /// Starts the workers, waits until all sleep and listen, and stops them after `body`.
    func whileListening<Value: Sendable>(
        _ body: (ChildProcess) async throws -> Value
    ) async throws -> Value {
        var children: [ChildProcess] = []
        defer { for child in children { child.kill() } }
        for _ in 0..<workers { children.append(try start(untilIdle: false)) }
        try await database.wait(
            until: "(SELECT count(*) FROM workers WHERE parked) >= \(workers)")
        return try await body(children[0])
    }

    private func end(_ children: [ChildProcess]) async throws -> Effort {
        let watch = Task {
            var peak = 0
            while !Task.isCancelled {
                peak = children.compactMap(\.peakKilobytes).reduce(peak, max)
                try? await Task.sleep(for: .milliseconds(50))
            }
            return peak
        }
        defer { watch.cancel() }
        var effort = Effort(cpuSeconds: 0, peakKilobytes: 0)
        for child in children {
            let end = try await child.end(within: limit)
            guard end.code == 0 else {
                throw BenchError("a worker ended with \(end.code): \(child.errorTail)")
            }
            effort.cpuSeconds += end.cpuSeconds
        }
        watch.cancel()
        effort.peakKilobytes = await watch.value
        return effort
    }
}
