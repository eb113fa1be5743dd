import Generation
import JSON
import Jobs
import Journal
import Postgres
import RunLog

/// Runs `generation` jobs: a prompt becomes a validated agent schema.
struct GenerationHandler: JobHandler {
    let kind = JobKind.generation.rawValue
    let generator: Generator
    let pool: PostgresPool

    func run(_ job: ClaimedJob, journal: any Journal) async -> HandledRun {
        do {
            try await openLog(job)
            var request = try GenerationRequest(payload: job.payload, userID: job.userID)
            if let id = request.existingAgentID, request.existingAgent == nil {
                request.existingAgent = try await existingAgent(id, of: job)
            }
            return handled(await generator.run(request, journal: journal))
        } catch {
            return HandledRun(failure: .whileReading(error))
        }
    }

    /// Visible before the first model call, and before anything about the payload can fail.
    private func openLog(_ job: ClaimedJob) async throws {
        try await pool.withConnection {
            try await GenerationLog($0).create(
                for: AttemptContext(
                    jobID: job.id, attemptID: job.attemptID, executionID: job.executionID,
                    agentID: job.agentID, userID: job.userID))
        }
    }

    private func existingAgent(_ id: String, of job: ClaimedJob) async throws -> JSONValue {
        let found = try await pool.withConnection {
            try await AgentRecords($0).configuration(ofAgent: id, ownedBy: job.userID)
        }
        guard let found else {
            throw RunFailure(
                .invalidPayload, code: "PAYLOAD_INVALID",
                message:
                    "payload.existing_agent_id names no agent of this user with a stored schema; "
                    + "give payload.existing_agent instead")
        }
        return found
    }

    private func handled(_ result: GenerationResult) -> HandledRun {
        // The next attempt replays what this one has, and logs it then.
        if let suspension = result.suspension { return HandledRun(suspension: suspension) }
        let skills = JSONValue.array(result.skills.map { .string($0) })
        var log: JSONObject = [
            "skills": skills, "model": .string(result.model),
            "retry_count": JSONValue(result.retryCount),
        ]
        log["agent"] = result.agent
        log["validation_errors"] = result.validationErrors
        var failure = result.failure
        // The log's error_message is the seed's sentence, to its first word.
        if failure?.failureClass == .validation { failure?.code = "" }
        return HandledRun(
            failure: failure,
            output: failure == nil
                ? ["agent": result.agent ?? .null, "skills": skills] : nil,
            generation: .object(log))
    }
}
