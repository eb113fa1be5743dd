import RunLog

extension Pruning {
    /// Removes old budget windows. What changed budgets held is released by `maintain_queue`.
    func pruneBudgets() async throws {
        try await repeatWhileFull(Self.limit) {
            Int(try await Budgets($0).prune(limit: Self.limit))
        }
    }
}
