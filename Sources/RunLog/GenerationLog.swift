import FoundationEssentials
import JSON
import Postgres

/// The record operations of `agent_generation_logs`, one statement each.
public struct GenerationLog: Sendable {
    let connection: PostgresConnection

    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Opens the log row of a job, committed and visible before the first model call. A later
    /// attempt of the job finds it and changes nothing.
    public func create(for attempt: AttemptContext) async throws(PostgresError) {
        try await connection.query(
            """
            INSERT INTO agent_generation_logs (
                id, user_id, prompt, existing_agent_id, is_update, job_id)
            SELECT j.execution_id::text, j.user_id, coalesce(j.payload ->> 'prompt', ''),
                coalesce(j.payload ->> 'existing_agent_id', j.payload -> 'existing_agent' ->> 'id'),
                j.payload ->> 'existing_agent' IS NOT NULL
                    OR j.payload ->> 'existing_agent_id' IS NOT NULL,
                j.id
            FROM jobs j WHERE j.id = $1 AND j.attempt_id = $2
            ON CONFLICT (id) DO NOTHING
            """,
            [.int64(attempt.jobID), .uuid(attempt.attemptID)])
    }

    /// Patches a log row: what the patch does not name stays as it is, so a second call erases
    /// nothing. False when there is no such row.
    ///
    /// The worker completes its rows in the settlement; this is for applications that generate
    /// agents themselves.
    public func updateCompletion(
        _ id: String, _ patch: GenerationLogPatch
    ) async throws(PostgresError) -> Bool {
        let rows = try await connection.query(
            """
            UPDATE agent_generation_logs SET
                generated_agent_schema = coalesce($2, generated_agent_schema),
                identified_skills = coalesce($3, identified_skills),
                openai_model = coalesce($4, openai_model),
                total_tokens = coalesce($5, total_tokens),
                input_tokens = coalesce($6, input_tokens),
                output_tokens = coalesce($7, output_tokens),
                generation_time_ms = coalesce($8, generation_time_ms),
                retry_count = coalesce($9, retry_count),
                validation_errors = coalesce($10, validation_errors),
                success = coalesce($11, success),
                error_message = coalesce($12, error_message),
                completed_at = coalesce(completed_at, clock_timestamp())
            WHERE id = $1
            RETURNING id
            """,
            [
                .text(id), .optional(patch.generatedAgentSchema), .optional(patch.identifiedSkills),
                .optional(patch.model), .count(patch.totalTokens), .count(patch.inputTokens),
                .count(patch.outputTokens), .count(patch.generationTimeMs),
                .count(patch.retryCount), .optional(patch.validationErrors),
                patch.success.map { .bool($0) } ?? .null, .optional(patch.errorMessage),
            ])
        return !rows.isEmpty
    }

    /// One log row; nil when there is none.
    public func get(id: String) async throws(PostgresError) -> GenerationLogEntry? {
        let rows = try await connection.query(
            "SELECT * FROM agent_generation_logs WHERE id = $1", [.text(id)])
        guard let row = rows.first else { return nil }
        return try GenerationLogEntry(row: row)
    }

    /// A user's generations, newest first.
    public func get(
        user: String, limit: Int = 50
    ) async throws(PostgresError) -> [GenerationLogEntry] {
        let rows = try await connection.query(
            """
            SELECT * FROM agent_generation_logs
            WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2
            """,
            [.text(user), .int64(Int64(limit))])
        var entries: [GenerationLogEntry] = []
        for row in rows { entries.append(try GenerationLogEntry(row: row)) }
        return entries
    }
}

extension PostgresParameter {
    static func optional(_ value: JSONValue?) -> PostgresParameter {
        value.map { .json($0.storable()) } ?? .null
    }
}
