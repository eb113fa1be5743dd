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
    let pool: PostgresPool

    package init(kind: String, engine: @escaping AgentEngine, pool: PostgresPool) {
        self.kind = kind
        self.engine = engine
        self.pool = pool
    }

    package func run(_ job: ClaimedJob, journal: any Journal) async -> HandledRun {
        let agent: AgentRecord
        let definition: AgentDefinition
        let input: RunInput
        do {
            agent = try await load(job)
            definition = try AgentDefinition(row: agent.row)
            input = try RunInput(
                payload: job.payload, executionID: job.executionID, now: job.firstDue,
                defaultInputValues: agent.configuredInputs?.objectValue ?? [:])
        } catch {
            return HandledRun(failure: .whileReading(error))
        }
        let result = await engine(definition, input, journal, job.attempt >= job.maxAttempts)
        return HandledRun(
            failure: result.failure, suspension: result.suspension,
            // Not `: nil`, which here would be a JSON null.
            output: result.success ? .some(result.output) : .none,
            run: RunReport.json(result, input: input, agent: agent))
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
