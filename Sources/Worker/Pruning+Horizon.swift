import Logging

extension Pruning {
    /// Names in the log who keeps dead rows from being removed for too long.
    func nameHorizonHolder() async throws {
        let holder = try await pool.withConnection { try await HorizonHolder.first($0) }
        guard let holder, holder.isTooOld else { return }
        logger.warning(
            "old row versions cannot be removed: claims slow down until their holder ends",
            metadata: [
                "holder": "\(holder.name)",
                "held_s": "\(holder.seconds.map { "\(Int($0))" } ?? "unknown")",
                "transactions": "\(holder.transactions)", "remedy": "\(holder.remedy)",
            ])
    }
}
