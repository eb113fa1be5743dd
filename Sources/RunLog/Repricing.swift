import FoundationEssentials
import JSON
import Postgres

/// Computes the costs of stored calls again, in steps that each commit on their own.
public struct Repricing: Sendable {
    /// What came of it; money in USD as exact decimal text.
    public struct Result: Sendable, Hashable {
        /// Calls looked at.
        public var calls: Int64 = 0
        /// Among them, those whose cost is another now.
        public var changed: Int64 = 0
        /// Among them, those whose cost is still not known.
        public var unpriced: Int64 = 0
        public var oldCost = "0"
        public var newCost = "0"
    }

    /// Calls a step looks at: it locks their jobs, and a settlement waits for it.
    static let stepSize: Int32 = 500

    let connection: PostgresConnection

    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// `since` is a time as PostgreSQL reads it; nil is ever. A dry run writes nothing.
    public func run(since: String?, isDryRun: Bool) async throws -> Result {
        var result = Result()
        var last: UUID?
        repeat {
            try Task.checkCancellation()
            let rows = try await connection.query(
                """
                SELECT r.last, r.calls, r.changed, r.unpriced,
                    trim_scale($5::numeric + coalesce(r.old_cost, 0)) AS old_cost,
                    trim_scale($6::numeric + coalesce(r.new_cost, 0)) AS new_cost
                FROM reprice_usage(
                    $1, $2, coalesce($3::timestamptz, '-infinity'), $4) AS r
                """,
                [
                    last.map { .uuid($0) } ?? .null, .int32(Self.stepSize), .optional(since),
                    .bool(isDryRun), .text(result.oldCost), .text(result.newCost),
                ], deadline: .seconds(60))
            guard let row = rows.first else { break }
            last = try row.decodeIfPresent(UUID.self, "last")
            result.calls += try row.decodeIfPresent(Int64.self, "calls") ?? 0
            result.changed += try row.decodeIfPresent(Int64.self, "changed") ?? 0
            result.unpriced += try row.decodeIfPresent(Int64.self, "unpriced") ?? 0
            result.oldCost = try row.decode(String.self, "old_cost")
            result.newCost = try row.decode(String.self, "new_cost")
        } while last != nil
        return result
    }
}
