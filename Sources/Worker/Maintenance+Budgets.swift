import RunLog

extension Maintenance {
    /// Lets go what changed budgets held, and now and then removes old windows.
    func keepBudgets(isPruning: Bool) async throws {
        let released = try await pool.withConnection { try await Budgets($0).releaseChanged() }
        if released > 0 { wakeDispatcher.ring() }
        guard isPruning else { return }
        var pruned: Int64 = 0
        repeat {
            pruned = try await pool.withConnection {
                try await Budgets($0).prune(limit: Self.pruneLimit)
            }
        } while pruned == Self.pruneLimit && !Task.isCancelled
    }
}
