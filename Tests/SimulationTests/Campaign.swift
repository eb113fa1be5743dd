import Foundation

/// Many seeds, as many at once as there are processors.
struct Campaign: Sendable {
    struct Totals: Sendable, CustomStringConvertible {
        var seeds = 0
        var jobs = 0
        var attempts = 0
        var hops = 0
        var time = Duration.zero
        /// The seeds in which late maintenance took back what its own worker ran.
        var wasteful: [UInt64] = []
        var faults: [String: Int] = [:]
        /// The seeds that failed, with how.
        var failures: [String] = []

        mutating func add(_ report: TrialReport) {
            seeds += 1
            jobs += report.jobs
            attempts += report.attempts
            hops += report.hops
            time += report.time
            if report.ownTaken > 0 { wasteful.append(report.seed) }
            faults.merge(report.faults, uniquingKeysWith: +)
            if !report.violations.isEmpty {
                failures.append(
                    "seed \(report.seed) (deploy/simulate --seed \(report.seed)): "
                        + report.violations.joined(separator: "; "))
            }
        }

        var description: String {
            let struck = faults.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return """
                simulated \(jobs) jobs in \(seeds) seeds: \(attempts) attempts, \
                \(time.components.seconds / 3600) hours of virtual time, \(hops) task steps, \
                \(failures.count) seeds failed
                runs wasted by late maintenance of their own worker in seeds \(wasteful.sorted())
                faults: \(struck.joined(separator: ", "))
                """
        }
    }

    var first: UInt64
    /// At least so many.
    var jobs: Int
    var mutation: Mutation?
    /// Ends with the first seed that fails.
    var stopsAtFailure = false
    var lanes = 2

    func run() async -> Totals {
        await withTaskGroup(of: TrialReport.self) { group in
            var totals = Totals()
            var next = first
            for _ in 0..<lanes {
                start(next, &group)
                next += 1
            }
            while let report = await group.next() {
                totals.add(report)
                let isOver = totals.jobs >= jobs || stopsAtFailure && !totals.failures.isEmpty
                guard !isOver else { continue }
                start(next, &group)
                next += 1
            }
            return totals
        }
    }

    private func start(_ seed: UInt64, _ group: inout TaskGroup<TrialReport>) {
        // On a thread of its own: other tests need those of the pool.
        group.addTask {
            await withCheckedContinuation { answer in
                let thread = Thread {
                    answer.resume(returning: Trial(seed: seed, mutation: mutation).run())
                }
                thread.stackSize = 8 << 20
                thread.start()
            }
        }
    }
}
