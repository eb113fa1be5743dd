import Jobs

extension Pruning {
    /// The most steps of one round: with a backlog, 30,000 rows a minute and worker.
    static let pruneSteps = 60

    /// Removes what the retention policies are done with, in short steps.
    func prune() async throws {
        var pruned: [String: Int] = [:]
        for _ in 0..<Self.pruneSteps where !Task.isCancelled {
            // A lease per step: a rescue or a tick does not wait for the whole of it.
            let step = try await pool.withConnection {
                try await JobQueue($0, deadline: Self.answerDeadline).pruneStep()
            }
            guard let step else { break }
            pruned[step.table, default: 0] += step.pruned
        }
        for (table, rows) in pruned.sorted(by: { $0.key < $1.key }) where rows > 0 {
            logger.info(
                "pruned by retention policy", metadata: ["table": "\(table)", "rows": "\(rows)"])
        }
    }
}
