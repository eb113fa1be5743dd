import RunLog

extension Maintenance {
    /// Removes old budget windows. What changed budgets held is released by `maintain_queue`.
    func pruneBudgets() async throws {
        var pruned: Int64 = 0
        repeat {
            pruned = try await pool.withConnection {
                try await Budgets($0).prune(limit: Self.pruneLimit)
            }
        } while pruned == Self.pruneLimit && !Task.isCancelled
    }
}
