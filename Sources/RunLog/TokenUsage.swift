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

    /// Commits the intent of a call and returns its id; nil when the attempt is no longer the
    /// caller's: the call must not be made. A diverged call says so in its metadata, which outlives
    /// the journal.
    func open(
        _ intent: CallIntent, for attempt: AttemptContext, diverged: Bool
    ) async throws(PostgresError) -> UUID? {
        let rows = try await connection.query(
            // FOR SHARE: a rescue under way is waited for. Without it the intent could be committed
            // beside the rescue, after that closed the attempt's open calls, and stay pending for
            // ever.
            """
            INSERT INTO token_usage (
                id, status, job_id, attempt_id, execution_id, agent_id, user_id, provider,
                model_name, activity_type, activity_name, activity_step, estimated_input_tokens,
                estimated_output_tokens, metadata)
            SELECT gen_random_uuid(), 'pending', j.id, j.attempt_id, $3, $4, $5, $6, $7, $8, $9,
                $10, $11, $12, $13
            FROM jobs j WHERE j.id = $1 AND j.attempt_id = $2
            FOR SHARE OF j
            RETURNING id
            """,
            [
                .int64(attempt.jobID), .uuid(attempt.attemptID), .uuid(attempt.executionID),
                attempt.agentID.map { .uuid($0) } ?? .null, .optional(attempt.userID),
                .text(intent.provider), .text(intent.model), .text(intent.activity.type),
                .text(intent.activity.name), .text(intent.step),
                .int32(Int32(clamping: intent.estimatedInputTokens)),
                intent.maxOutputTokens.map { .int32(Int32(clamping: $0)) } ?? .null,
                diverged ? .json(["diverged": true]) : .null,
            ], deadline: deadline)
        return try rows.first?.decode(UUID.self, "id")
    }

    /// Writes the outcome of a call. By the row's own id and unfenced, because money spent is real
    /// whoever holds the job now.
    static func close(_ id: UUID, _ outcome: CallOutcome) -> PostgresCommand {
        PostgresCommand(
            """
            UPDATE token_usage SET
                status = $2, input_tokens = $3, output_tokens = $4, cached_tokens = $5,
                reasoning_tokens = $6, raw_usage = $7, is_estimate = $8,
                model_name = coalesce($9, model_name), response_size_bytes = $10, latency_ms = $11,
                success = $2 = 'settled', error_code = $12, error_message = $13,
                cache_write_tokens = $14, cache_write_1h_tokens = $15, service_tier = $16
            WHERE id = $1 AND status IN ('pending', 'unknown')
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
}

extension PostgresParameter {
    static func optional(_ text: String?) -> PostgresParameter {
        // A text column cannot hold NUL; what a provider wrote may.
        text.map { .text($0.replacing("\0", with: "\u{FFFD}")) } ?? .null
    }

    /// A count for an integer column; what no column can hold is cut to its largest value.
    static func count(_ count: Int?) -> PostgresParameter {
        count.map { .int32(Int32(clamping: max(0, $0))) } ?? .null
    }
}
