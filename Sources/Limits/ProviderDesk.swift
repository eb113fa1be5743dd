import JSON
import Postgres

/// What an operator does with limits and cool-downs, on one connection.
public struct ProviderDesk: Sendable {
    /// A row of `provider_limits`, per minute.
    public struct Limit: Sendable, Hashable {
        public var name: ProviderModel
        /// An operator's figures; they count before the learned ones.
        public var requests: Double?
        public var tokens: Double?
        /// What headers of answers said.
        public var learnedRequests: Double?
        public var learnedTokens: Double?
    }

    /// A row of `provider_cooldowns`.
    public struct Closed: Sendable, Hashable {
        public var name: ProviderModel
        /// `rate_limit`, `overload` or `quota`.
        public var kind: String
        /// The line for people.
        public var line: String
        /// Until the next probe; zero or less: one is due or on its way.
        public var left: Duration
        /// Refused probes.
        public var strikes: Int
        /// Jobs held by it.
        public var held: Int
    }

    private let connection: PostgresConnection

    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// All limits, configured or learned, by name.
    public func limits() async throws(PostgresError) -> [Limit] {
        let rows = try await connection.query(
            """
            SELECT provider, model, requests_per_minute, tokens_per_minute, learned_requests,
                learned_tokens
            FROM provider_limits ORDER BY provider, model
            """)
        var limits: [Limit] = []
        for row in rows {
            limits.append(
                Limit(
                    name: try ProviderStore.name(row),
                    requests: try row.decodeIfPresent(Double.self, "requests_per_minute"),
                    tokens: try row.decodeIfPresent(Double.self, "tokens_per_minute"),
                    learnedRequests: try row.decodeIfPresent(Double.self, "learned_requests"),
                    learnedTokens: try row.decodeIfPresent(Double.self, "learned_tokens")))
        }
        return limits
    }

    /// Sets an operator's figures, per minute and above zero; nil leaves one as it is.
    public func set(
        _ name: ProviderModel, requests: Double?, tokens: Double?
    ) async throws(PostgresError) {
        try await connection.query(
            "SELECT set_provider_limit($1, $2, $3, $4)",
            [
                .text(name.provider), .text(name.model), requests.map { .double($0) } ?? .null,
                tokens.map { .double($0) } ?? .null,
            ])
    }

    /// Forgets a row, learned figures too; false when there is none.
    public func remove(_ name: ProviderModel) async throws(PostgresError) -> Bool {
        let rows = try await connection.query(
            "SELECT remove_provider_limit($1, $2) AS removed",
            [.text(name.provider), .text(name.model)])
        return try rows.first?.decode(Bool.self, "removed") ?? false
    }

    /// What is closed now.
    public func closed() async throws(PostgresError) -> [Closed] {
        let rows = try await connection.query(
            """
            SELECT c.provider, c.model, c.kind, cooldown_reason(c) AS line, c.strikes,
                extract(epoch FROM c.until - clock_timestamp())::float8 AS left_s,
                (SELECT count(*) FROM jobs j
                    WHERE j.state = 'held'
                        AND j.hold_key = cooldown_key(c.provider, c.model, c.kind)) AS held
            FROM provider_cooldowns c ORDER BY c.provider, c.model
            """)
        var closed: [Closed] = []
        for row in rows {
            closed.append(
                Closed(
                    name: try ProviderStore.name(row), kind: try row.decode(String.self, "kind"),
                    line: try row.decode(String.self, "line"),
                    left: .seconds(try row.decode(Double.self, "left_s")),
                    strikes: Int(try row.decode(Int32.self, "strikes")),
                    held: Int(try row.decode(Int64.self, "held"))))
        }
        return closed
    }

    /// Says what workers ask for when neither payload nor agent names a model: a name by kind of
    /// job, and the provider of names without one. nil: the claim is to hold nothing, because there
    /// are other models to fall back on.
    public func announce(
        defaultProvider: String?, models: [String: String]
    ) async throws(PostgresError) {
        let names = JSONObject(
            models.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
        try await connection.query(
            "SELECT announce_default_models($1, $2)",
            [defaultProvider.map { .text($0) } ?? .null, .json(.object(names))])
    }

    /// Opens a provider, or one model of it, at once; answers how many cool-downs that ended.
    public func resume(
        provider: String, model: String? = nil
    ) async throws(PostgresError) -> Int {
        let rows = try await connection.query(
            "SELECT end_cooldown($1, $2) AS ended",
            [.text(provider), model.map { .text($0) } ?? .null])
        return Int(try rows.first?.decode(Int64.self, "ended") ?? 0)
    }
}
