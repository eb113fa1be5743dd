import RunLog

extension Pruning {
    /// Removes old budget windows. What changed budgets held is released by `maintain_queue`.
    func pruneBudgets() async throws {
        var pruned: Int64 = 0
        repeat {
            pruned = try await pool.withConnection {
                try await Budgets($0).prune(limit: Self.limit)
            }
        } while pruned == Self.limit && !Task.isCancelled
    }
}
