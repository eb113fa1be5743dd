import FoundationEssentials
import Journal
import Postgres

/// The statements of limits and cool-downs, each one short function of the database.
struct ProviderStore: Sendable {
    /// How long a statement, the wait for a connection included, may take.
    static let deadline = Duration.seconds(2)

    let pool: PostgresPool

    /// Everything there is, in one round trip.
    func state() async throws(PostgresError) -> ProviderState {
        let asked = ContinuousClock.now
        let results = try await pool.pipeline(
            [
                PostgresCommand(
                    """
                    SELECT c.provider, c.model, c.kind, c.reason, cooldown_reason(c) AS line,
                        extract(epoch FROM c.until - clock_timestamp())::float8 AS left_s,
                        extract(epoch FROM c.probe_until - clock_timestamp())::float8 AS probe_s
                    FROM provider_cooldowns c
                    """),
                PostgresCommand(
                    """
                    SELECT provider, model, coalesce(requests_per_minute, learned_requests) AS requests,
                        coalesce(tokens_per_minute, learned_tokens) AS tokens, learned_requests,
                        learned_tokens
                    FROM provider_limits
                    """),
            ], deadline: Self.deadline)
        var state = ProviderState()
        for row in results[0] {
            state.cooldowns[try Self.name(row)] = Cooldown(
                kind: ProviderRefusal.Kind(rawValue: try row.decode(String.self, "kind"))
                    ?? .rateLimit,
                reason: try row.decode(String.self, "reason"),
                until: asked + .seconds(try row.decode(Double.self, "left_s")),
                probedUntil: try row.decodeIfPresent(Double.self, "probe_s").map {
                    asked + .seconds($0)
                }, line: try row.decode(String.self, "line"))
        }
        for row in results[1] {
            let name = try Self.name(row)
            let limit = LearnedLimit(
                requests: try row.decodeIfPresent(Double.self, "requests"),
                tokens: try row.decodeIfPresent(Double.self, "tokens"))
            if limit != LearnedLimit() { state.limits[name] = limit }
            state.learned[name] = LearnedLimit(
                requests: try row.decodeIfPresent(Double.self, "learned_requests"),
                tokens: try row.decodeIfPresent(Double.self, "learned_tokens"))
        }
        return state
    }

    static func name(_ row: PostgresRow) throws(PostgresError) -> ProviderModel {
        ProviderModel(
            provider: try row.decode(String.self, "provider"),
            model: try row.decode(String.self, "model"))
    }

    /// Leases a slice of a model's allowance.
    func lease(
        _ name: ProviderModel, worker: UUID, _ demand: AllowanceDemand
    ) async throws(PostgresError) -> AllowanceGrant {
        let asked = ContinuousClock.now
        let rows = try await query(
            "SELECT * FROM lease_allowance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            [
                .text(name.provider), .text(name.model), .uuid(worker),
                .int32(Int32(clamping: demand.requests)), .int64(Int64(demand.tokens)),
                .int64(Int64(demand.firstTokens)), .double(demand.unusedRequests),
                .double(demand.unusedTokens),
                demand.leftRequests.map { .double(Double($0)) } ?? .null,
                demand.leftTokens.map { .double(Double($0)) } ?? .null,
            ])
        guard let row = rows.first else { return .unlimited }
        let answered = ContinuousClock.now
        let sharers = Double(max(1, try row.decode(Int32.self, "sharers")))
        let rates = (
            requests: try row.decodeIfPresent(Double.self, "request_rate"),
            tokens: try row.decodeIfPresent(Double.self, "token_rate")
        )
        let pace = AllowanceGrant.Pace(
            requests: rates.requests.map { $0 / sharers }, tokens: rates.tokens.map { $0 / sharers }
        )
        let requests = try row.decode(Int32.self, "requests")
        guard requests > 0 else {
            let pause = Duration.milliseconds(try row.decode(Double.self, "retry_ms"))
            // Up to a tenth more, so that workers that were sent away together do not return so.
            return .later(pause * Double.random(in: 1..<1.1), pace: pace)
        }
        // Ready counts from the answer, void from the question: on the safe side of both.
        let line = {
            (granted: Double, column: String, rate: Double?) throws(PostgresError) in
            guard let rate else { return AllowanceLine?.none }
            return AllowanceLine(
                granted: granted, level: try row.decode(Double.self, column), rate: rate,
                since: answered)
        }
        let slice = AllowanceSlice(
            requests: try line(Double(requests), "request_level", rates.requests),
            tokens: try line(
                Double(try row.decode(Int64.self, "tokens")), "token_level", rates.tokens),
            expiresAt: asked + .milliseconds(try row.decode(Double.self, "expires_ms")))
        return .slice(slice, pace: pace)
    }

    /// Takes down what answers said of a model's limits.
    func learn(_ name: ProviderModel, _ limit: LearnedLimit) async throws(PostgresError) {
        _ = try await query(
            "SELECT learn_provider_limit($1, $2, $3, $4)",
            [
                .text(name.provider), .text(name.model),
                limit.requests.map { .double($0) } ?? .null,
                limit.tokens.map { .double($0) } ?? .null,
            ])
    }

    @discardableResult
    func query(
        _ sql: String, _ parameters: [PostgresParameter]
    ) async throws(PostgresError) -> PostgresRows {
        try await pool.query(sql, parameters, deadline: Self.deadline)
    }
}
