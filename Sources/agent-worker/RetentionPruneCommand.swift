import ArgumentParser
import Jobs

struct RetentionPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Prune now instead of waiting for the workers' next sweep.")

    func run() async throws {
        let pruned = try await Exit.onRefusal { queue in
            var pruned: [String: Int] = [:]
            try await queue.restartSweeps()
            while let step = try await queue.pruneStep() {
                pruned[step.table, default: 0] += step.pruned
            }
            return pruned
        }
        for (table, rows) in pruned.sorted(by: { $0.key < $1.key }) { print("\(table)\t\(rows)") }
    }
}
