import JSON
import Postgres

extension JobQueue {
    /// Keeps jobs of a queue, kind, user or agent from being claimed; those that run go on.
    public func pause(
        _ scope: String, _ key: String, reason: String? = nil
    ) async throws(PostgresError) -> String {
        try await word(
            "SELECT pause_jobs($1, $2, $3) AS word", [.text(scope), .text(key), .optional(reason)])
    }

    /// Ends a pause and wakes what it held; answers `resumed` or `not paused`.
    public func resume(_ scope: String, _ key: String) async throws(PostgresError) -> String {
        try await word("SELECT resume_jobs($1, $2) AS word", [.text(scope), .text(key)])
    }

    /// Sets how many jobs may run at once that have this value in this place, or removes the limit
    /// (nil). `path` is the dotted path of scope `payload`; key `*` means each value.
    public func limit(
        _ scope: String, path: String?, key: String, to most: Int?
    ) async throws(PostgresError) -> String {
        try await word(
            "SELECT set_concurrency_limit($1, $2, $3, $4) AS word",
            [
                .text(scope), .orNull(most) { .int32(Int32(clamping: $0)) }, .text(key),
                .optional(path),
            ])
    }

    /// Sets a user's share of the slots beside other users.
    public func weigh(user: String, _ weight: Double) async throws(PostgresError) -> String {
        try await word(
            "SELECT set_user_weight($1, $2) AS word", [.text(user), .double(weight)])
    }

    /// Wakes what is held under a key, or under all keys below one that ends in `:` or `/`; answers
    /// how many were woken at once.
    public func release(holds key: String) async throws(PostgresError) -> Int {
        let rows = try await query("SELECT release_holds($1) AS woken", [.text(key)])
        return Int(try rows.first?.decode(Int64.self, "woken") ?? 0)
    }

    /// Every pause, limit and weight as a JSON object (`job_brakes`).
    public func brakes() async throws(PostgresError) -> [JSONValue] {
        var brakes: [JSONValue] = []
        let rows = try await query(
            """
            SELECT to_jsonb(b) AS brake FROM job_brakes b
            ORDER BY b.brake, b.scope, b.key LIMIT 10000
            """)
        for row in rows { brakes.append(try row.decode(JSONValue.self, "brake")) }
        return brakes
    }

    private func word(
        _ sql: String, _ parameters: [PostgresParameter]
    ) async throws(PostgresError) -> String {
        try await query(sql, parameters).first?.decode(String.self, "word") ?? ""
    }
}
