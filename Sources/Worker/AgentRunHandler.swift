import AgentKit
import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog

/// An engine's run of an agent: AgentKit's or the orchestrator's. The last argument says whether the
/// job's attempts are spent with this one.
package typealias AgentEngine =
    @Sendable (AgentDefinition, RunInput, any Journal, Bool) async -> RunResult

/// Runs the jobs of one engine: reads the agent and its inputs, runs, and reports. Both engines
/// report the same way (parity).
package struct AgentRunHandler: JobHandler {
    package let kind: String
    let engine: AgentEngine
    /// Whether a run of the agent may come to ask a model: one that does not needs no memory.
    let mayAskModel: @Sendable (AgentDefinition) -> Bool
    /// nil: runs are told nothing of earlier ones and leave nothing.
    let memory: AgentMemory?
    let pool: PostgresPool

    package func run(_ job: ClaimedJob, journal: any Journal) async -> HandledRun {
        let agent: AgentRecord
        let definition: AgentDefinition
        var input: RunInput
        var recallFault: String?
        do {
            agent = try await load(job)
            definition = try AgentDefinition(row: agent.row)
            input = try RunInput(
                payload: job.payload, executionID: job.executionID, now: job.firstDue,
                defaultInputValues: agent.configuredInputs?.objectValue ?? [:])
            (input.memory, recallFault) = try await recall(definition, for: job, journal)
        } catch {
            return HandledRun(failure: .whileReading(error))
        }
        let result = await engine(definition, input, journal, job.attempt >= job.maxAttempts)
        var handled = HandledRun(
            failure: result.failure, suspension: result.suspension,
            // Not `: nil`, which here would be a JSON null.
            output: result.success ? .some(result.output) : .none,
            run: RunReport.json(result, input: input, agent: agent))
        handled.ended = EndedRun(agent: definition, input: input, result: result)
        handled.recallFault = recallFault
        return handled
    }

    package func remember(
        _ run: EndedRun, of job: ClaimedJob, journal: any Journal
    ) async -> MemoryNote? {
        await memory?.remember(run, of: job, journal: journal)
    }

    private func recall(
        _ agent: AgentDefinition, for job: ClaimedJob, _ journal: any Journal
    ) async throws -> (MemoryContext?, String?) {
        guard let memory, memory.isOn(for: agent), mayAskModel(agent),
            let user = job.userID.flatMap(UUID.init(uuidString:))
        else { return (nil, nil) }
        return try await memory.recall(agent, for: job, user: user, journal: journal)
    }

    private func load(_ job: ClaimedJob) async throws -> AgentRecord {
        guard let id = job.agentID else {
            throw RunFailure(
                .invalidPayload, code: "AGENT_MISSING", message: "jobs.agent_id is missing")
        }
        let agent = try await pool.withConnection {
            try await AgentRecords($0).load(agent: id, user: job.userID)
        }
        guard let agent else {
            throw RunFailure(
                .invalidPayload, code: "AGENT_NOT_FOUND",
                message:
                    "jobs.agent_id \(id.uuidString.lowercased()) names no agent, or a deleted one")
        }
        return agent
    }
}

extension AgentRunHandler {
    /// Of agents without memory.
    package init(kind: String, engine: @escaping AgentEngine, pool: PostgresPool) {
        self.init(
            kind: kind, engine: engine, mayAskModel: { _ in false }, memory: nil, pool: pool)
    }
}
