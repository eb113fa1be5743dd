import FoundationEssentials
import JSON
import Postgres

/// A row of `agent_generation_logs`: what was asked, what came of it, what it cost.
public struct GenerationLogEntry: Sendable {
    public let id: String
    public let userID: String?
    public let prompt: String
    public let existingAgentID: String?
    public let isUpdate: Bool
    public let generatedAgentSchema: JSONValue?
    public let identifiedSkills: JSONValue?
    public let model: String?
    public let totalTokens: Int
    public let inputTokens: Int
    public let outputTokens: Int
    public let generationTimeMs: Int?
    /// Tries that failed: 0 on a first success, 3 when all failed.
    public let retryCount: Int
    public let validationErrors: JSONValue?
    public let success: Bool
    public let errorMessage: String?
    public let createdAt: Date
    /// nil while the generation is in progress.
    public let completedAt: Date?

    init(row: PostgresRow) throws(PostgresError) {
        id = try row.decode(String.self, "id")
        userID = try row.decodeIfPresent(String.self, "user_id")
        prompt = try row.decode(String.self, "prompt")
        existingAgentID = try row.decodeIfPresent(String.self, "existing_agent_id")
        isUpdate = try row.decodeIfPresent(Bool.self, "is_update") ?? false
        generatedAgentSchema = try row.decodeIfPresent(JSONValue.self, "generated_agent_schema")
        identifiedSkills = try row.decodeIfPresent(JSONValue.self, "identified_skills")
        model = try row.decodeIfPresent(String.self, "openai_model")
        totalTokens = Int(try row.decodeIfPresent(Int32.self, "total_tokens") ?? 0)
        inputTokens = Int(try row.decodeIfPresent(Int32.self, "input_tokens") ?? 0)
        outputTokens = Int(try row.decodeIfPresent(Int32.self, "output_tokens") ?? 0)
        generationTimeMs = try row.decodeIfPresent(Int32.self, "generation_time_ms").map { Int($0) }
        retryCount = Int(try row.decodeIfPresent(Int32.self, "retry_count") ?? 0)
        validationErrors = try row.decodeIfPresent(JSONValue.self, "validation_errors")
        success = try row.decodeIfPresent(Bool.self, "success") ?? false
        errorMessage = try row.decodeIfPresent(String.self, "error_message")
        createdAt = try row.decode(Date.self, "created_at")
        completedAt = try row.decodeIfPresent(Date.self, "completed_at")
    }

    /// The same as JSON, in the words of the seed's samples.
    public var json: JSONValue {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        return [
            "id": .string(id), "user_id": text(userID), "prompt": .string(prompt),
            "existing_agent_id": text(existingAgentID), "is_update": .bool(isUpdate),
            "generated_agent_schema": generatedAgentSchema ?? .null,
            "identified_skills": identifiedSkills ?? .null, "openai_model": text(model),
            "total_tokens": JSONValue(totalTokens), "input_tokens": JSONValue(inputTokens),
            "output_tokens": JSONValue(outputTokens),
            "generation_time_ms": generationTimeMs.map { JSONValue($0) } ?? .null,
            "retry_count": JSONValue(retryCount), "validation_errors": validationErrors ?? .null,
            "success": .bool(success), "error_message": text(errorMessage),
            "created_at": .string(createdAt.formatted(.iso8601)),
            "completed_at": text(completedAt?.formatted(.iso8601)),
        ]
    }
}
