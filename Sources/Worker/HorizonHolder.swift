import Postgres

/// Who keeps old row versions alive: while it does, dead rows pile up in the way of every claim, and
/// no vacuum helps.
struct HorizonHolder: Sendable {
    /// A snapshot older than this is too old.
    static let oldestSnapshot = Duration.seconds(600)
    /// The same for holders whose time the server does not know, in transactions begun since.
    static let oldestTransaction: Int64 = 1_000_000

    let name: String
    /// Transactions begun since.
    let transactions: Int64
    let seconds: Double?
    /// How to be rid of it.
    let remedy: String

    var isTooOld: Bool {
        seconds.map { $0 > Self.oldestSnapshot.inSeconds }
            ?? (transactions > Self.oldestTransaction)
    }

    /// The holder that matters most: one that is too old goes before one that is merely the oldest.
    static func first(_ connection: PostgresConnection) async throws -> HorizonHolder? {
        let rows = try await connection.query(
            """
            SELECT holder, age_xids, held_s, remedy FROM xmin_horizon()
            ORDER BY (held_s > $1 OR (held_s IS NULL AND age_xids > $2)) DESC,
                age_xids DESC, held_s DESC NULLS LAST
            LIMIT 1
            """, [.double(oldestSnapshot.inSeconds), .int64(oldestTransaction)])
        guard let row = rows.first else { return nil }
        return HorizonHolder(
            name: try row.decode(String.self, "holder"),
            transactions: try row.decode(Int64.self, "age_xids"),
            seconds: try row.decodeIfPresent(Double.self, "held_s"),
            remedy: try row.decode(String.self, "remedy"))
    }
}
