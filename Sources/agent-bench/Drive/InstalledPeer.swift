import Postgres

/// A peer that can be measured.
struct InstalledPeer: Sendable {
    let bench: Bench
    let name: String
    let python: String
    let script: String

    /// Runs `script VERB URL ARGUMENT…` to its end; its standard output and what it used.
    @discardableResult
    func run(
        _ verb: String, _ database: BenchDatabase, _ arguments: [String] = []
    ) async throws -> (output: String, end: ChildProcess.End, peakKilobytes: Int) {
        let child = try ChildProcess(
            python, [script, verb, database.url] + arguments,
            environment: ["PYTHONUNBUFFERED": "1", "DATABASE_URL": database.url],
            files: bench.files)
        let watch = Task {
            var peak = 0
            while !Task.isCancelled {
                peak = max(peak, child.peakKilobytes ?? 0)
                try? await Task.sleep(for: .milliseconds(50))
            }
            return peak
        }
        defer { watch.cancel() }
        let end = try await child.end(within: .seconds(600))
        watch.cancel()
        guard end.code == 0 else { throw BenchError("\(verb): \(child.errorTail)") }
        return (child.output, end, await watch.value)
    }

    /// Fills its queue with `jobs` and drains it; the script answers the seconds of the drain.
    func drain(_ jobs: Int) async throws -> Sample {
        try await bench.withDatabase(migrated: false) { database in
            try await run("fill", database, ["\(jobs)"])
            try await database.settle()
            let meter = try await Meter.start(database)
            let drained = try await run("drain", database, ["\(jobs)"])
            var sample = try await meter.stop(count: jobs, clientCPU: drained.end.cpuSeconds)
            sample[.hotPercent] = nil
            sample[.residentMegabytes] = Double(drained.peakKilobytes) / 1024
            sample[.rate] = Double(jobs) / (try seconds(drained.output))
            return sample
        }
    }

    /// Enqueues jobs one by one beside a listening worker; the script answers a latency in
    /// nanoseconds per line.
    func latency(_ jobs: Int, pause: Duration) async throws -> Sample {
        try await bench.withDatabase(migrated: false) { database in
            try await run("fill", database, ["0"])
            let output = try await run(
                "latency", database, ["\(jobs)", "\(pause / .seconds(1))"]
            ).output
            return try Sample(nanoseconds: output)
        }
    }

    private func seconds(_ output: String) throws(BenchError) -> Double {
        let word = output.split(separator: "\n").last.map { String($0) } ?? ""
        guard let seconds = Double(word), seconds > 0 else {
            throw BenchError("answered \(word) instead of seconds")
        }
        return seconds
    }
}

extension Sample {
    /// Latencies, one per line in nanoseconds.
    init(nanoseconds output: String) throws(BenchError) {
        try self.init(latencies: output.split(separator: "\n").compactMap { Double($0) })
    }

    /// Latencies in nanoseconds.
    init(latencies: [Double]) throws(BenchError) {
        guard let p50 = Statistics.percentile(0.5, of: latencies),
            let p99 = Statistics.percentile(0.99, of: latencies)
        else { throw BenchError("no latencies were measured") }
        self.init([.p50: p50 / 1e6, .p99: p99 / 1e6])
    }
}
