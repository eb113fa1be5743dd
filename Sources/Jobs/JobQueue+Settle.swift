import FoundationEssentials
import JSON
import Postgres

extension JobQueue {
    /// Ends attempts with all they record, in one transaction; answers each attempt's verdict.
    public func settle(_ settlements: [Settlement]) async throws(PostgresError) -> [UUID: Settled] {
        let rows = try await query(
            "SELECT attempt_id, verdict, total_tokens FROM settle_jobs($1)",
            [.json(.array(settlements.map(\.json)))])
        var settled: [UUID: Settled] = [:]
        for row in rows {
            let word = try row.decode(String.self, "verdict")
            settled[try row.decode(UUID.self, "attempt_id")] = Settled(
                verdict: Verdict(rawValue: word) ?? .lost,
                totalTokens: try row.decodeIfPresent(Int64.self, "total_tokens") ?? 0)
        }
        return settled
    }
}
