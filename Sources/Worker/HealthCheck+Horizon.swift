import Postgres

extension HealthCheck {
    /// A snapshot older than this keeps dead rows in the way of every claim.
    static let oldestSnapshot = Duration.seconds(600)
    /// The same for holders whose time the server does not know, in transactions begun since.
    static let oldestTransaction: Int64 = 1_000_000

    /// Who keeps old row versions alive: the oldest holder by name, and how to be rid of it.
    func horizon(_ connection: PostgresConnection) async throws -> Finding {
        let rows = try await connection.query(
            """
            SELECT kind, holder, age_xids, held_s, remedy FROM xmin_horizon()
            -- one that is far too old goes before one that is merely the oldest
            ORDER BY (held_s > $1 OR (held_s IS NULL AND age_xids > $2)) DESC,
                age_xids DESC, held_s DESC NULLS LAST
            LIMIT 1
            """, [.double(Self.oldestSnapshot.inSeconds), .int64(Self.oldestTransaction)])
        guard let row = rows.first else {
            return Finding(isFault: false, subject: "xmin horizon", detail: "nobody holds it")
        }
        let holder = try row.decode(String.self, "holder")
        let transactions = try row.decode(Int64.self, "age_xids")
        let seconds = try row.decodeIfPresent(Double.self, "held_s")
        let isFault =
            seconds.map { $0 > Self.oldestSnapshot.inSeconds }
            ?? (transactions > Self.oldestTransaction)
        let remedy = isFault ? ": \(try row.decode(String.self, "remedy"))" : ""
        return Finding(
            isFault: isFault, subject: "xmin horizon",
            detail: "held by \(holder) for "
                + (seconds.map { "\(Int($0)) s, " } ?? "") + "\(transactions) transactions\(remedy)"
        )
    }
}
