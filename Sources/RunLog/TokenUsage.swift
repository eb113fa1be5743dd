import FoundationEssentials
import JSON
import Journal
import Postgres

/// The statements of `token_usage`: a row per model call, opened before the request is sent and
/// closed after the answer.
struct TokenUsage: Sendable {
    let connection: PostgresConnection
    /// How long a statement waits for its answer.
    let deadline: Duration

    /// Commits the intent of a call, with what it may cost at most reserved in the budgets it falls
    /// under. A diverged call says so in its metadata, which outlives the journal.
    func open(
        _ intent: CallIntent, for attempt: AttemptContext, diverged: Bool
    ) async throws(PostgresError) -> OpenedCall {
        let rows = try await connection.query(
            """
            SELECT held, id, charged, hold_key, hold_reason, hold_ms
            FROM open_call($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            [
                .int64(attempt.jobID), .uuid(attempt.attemptID), .uuid(attempt.executionID),
                attempt.agentID.map { .uuid($0) } ?? .null, .optional(attempt.userID),
                .text(intent.provider), .text(intent.model), .text(intent.activity.type),
                .text(intent.activity.name), .text(intent.step),
                .count(intent.estimatedInputTokens), .count(intent.maxInputTokens),
                .count(intent.maxOutputTokens), diverged ? .json(["diverged": true]) : .null,
            ], deadline: deadline)
        guard let row = rows.first, try row.decode(Bool.self, "held") else { return .lost }
        guard let id = try row.decodeIfPresent(UUID.self, "id") else {
            return .held(
                .limit(
                    key: try row.decode(String.self, "hold_key"),
                    reason: try row.decode(String.self, "hold_reason"),
                    for: .milliseconds(try row.decode(Int64.self, "hold_ms"))))
        }
        return .opened(id, isCharged: try row.decode(Bool.self, "charged"))
    }

    /// Replaces what a call reserved in its budgets by what it came to; so too for the attempts at
    /// the same call that it resumed, whose estimates stood until then.
    static func settleCharges(_ id: UUID) -> PostgresCommand {
        PostgresCommand(
            """
            SELECT settle_charges(ARRAY[$1::uuid] || ARRAY(
                SELECT u.id FROM token_usage c
                JOIN token_usage u ON u.execution_id = c.execution_id
                    AND u.error_code = 'resumed' AND u.metadata ->> 'resumed_as' = c.id::text
                WHERE c.id = $1))
            """, [.uuid(id)])
    }

    /// Writes the outcome of a call, with its cost by the prices of its time. By the row's own id and
    /// unfenced, because money spent is real whoever holds the job now. Answers whether the call has
    /// a cost that nobody knows.
    static func close(_ id: UUID, _ outcome: CallOutcome) -> PostgresCommand {
        PostgresCommand(
            """
            UPDATE token_usage SET
                status = $2, input_tokens = $3, output_tokens = $4, cached_tokens = $5,
                reasoning_tokens = $6, raw_usage = $7, is_estimate = $8,
                model_name = coalesce($9, model_name), response_size_bytes = $10, latency_ms = $11,
                success = $2 = 'settled', error_code = $12, error_message = $13,
                cache_write_tokens = $14, cache_write_1h_tokens = $15, service_tier = $16,
                cost_usd = call_cost(
                    coalesce($9::text, model_name), created_at, $3::integer, $4::integer,
                    $5::integer, $14::integer, $15::integer, $6::integer, $16::text,
                    requested_model, provider, $7::jsonb)
            WHERE id = $1 AND status IN ('pending', 'unknown')
            RETURNING coalesce(cost_usd IS NULL AND total_tokens > 0, false) AS is_unpriced,
                concat_ws(' ', provider || '/' || model_name, service_tier) AS priced_as
            """,
            [
                .uuid(id), .text(outcome.status.rawValue), .count(outcome.usage?.inputTokens),
                .count(outcome.usage?.outputTokens), .count(outcome.usage?.cachedTokens),
                .count(outcome.usage?.reasoningTokens),
                (outcome.usage?.raw).map { .json($0.storable()) } ?? .null,
                .bool(outcome.usage?.isEstimate ?? false), .optional(outcome.model),
                .count(outcome.responseBytes),
                .int32(
                    Int32(
                        clamping: outcome.latency.components.seconds * 1000
                            + outcome.latency.components.attoseconds / 1_000_000_000_000_000)),
                .optional(outcome.errorCode), .optional(outcome.errorMessage),
                .count(outcome.usage?.cacheWriteTokens), .count(outcome.usage?.cacheWrite1hTokens),
                .optional(outcome.usage?.serviceTier),
            ])
    }

    /// Says of the rows that earlier attempts left unknown under a step what became of them: their
    /// call went on at the provider, and `id` is now its one row with figures. Those attempts are
    /// the one that submitted the call and others since, which waited for it; a row from before
    /// the submission is another call, perhaps billed, and stays unknown.
    static func reconcile(
        _ execution: UUID, step: String, submission: String, with id: UUID
    ) -> PostgresCommand {
        PostgresCommand(
            """
            UPDATE token_usage u SET
                status = 'failed', success = false, error_code = 'resumed',
                error_message = 'the call went on at the provider; a later attempt fetched its reply',
                metadata = coalesce(u.metadata, '{}') || jsonb_build_object('resumed_as', $4::uuid)
            FROM run_steps s
            WHERE s.execution_id = $1 AND s.step_key = $3
                AND u.execution_id = $1 AND u.activity_step = $2 AND u.status = 'unknown'
                AND u.id <> $4
                AND (u.attempt_id = s.attempt_id OR u.created_at >= s.ended_at)
            """, [.uuid(execution), .text(step), .text(submission), .uuid(id)])
    }
}

extension PostgresParameter {
    static func optional(_ text: String?) -> PostgresParameter {
        // A text column cannot hold NUL; what a provider wrote may.
        guard let text else { return .null }
        return .text(text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text)
    }

    /// A count for an integer column; what no column can hold is cut to its largest value.
    static func count(_ count: Int?) -> PostgresParameter {
        count.map { .int32(Int32(clamping: max(0, $0))) } ?? .null
    }
}
