import AgentKit
import FoundationEssentials
import JSON
import Jobs
import Journal
import Models
import Postgres
import RunLog

/// The memory of this worker's agents: what a run is told of earlier ones, and what it leaves to
/// later ones. Both are steps of the run's journal, so that another attempt is told the same, and
/// neither pays for nor writes a second summary.
struct AgentMemory: Sendable {
    /// Where the journal keeps what a run was told, and that its own memory is written. The mark
    /// sets them apart from the paths of steps.
    static let recallKey = "@memory"
    static let keptKey = "@memory.kept"

    let settings: MemorySettings
    let summarizer: RunSummarizer
    let pool: PostgresPool

    /// Whether runs of this agent have memory.
    func isOn(for agent: AgentDefinition) -> Bool {
        switch settings.mode {
        case .on: agent.memoryEnabled ?? true
        case .agents: agent.memoryEnabled ?? false
        case .off: false
        }
    }

    /// What the job's run is told, the same on every attempt. Memories that cannot be read for good
    /// are none, and `fault` says why; throws what may pass, since a later attempt must not be told
    /// anything else.
    func recall(
        _ agent: AgentDefinition, for job: ClaimedJob, user: UUID, journal: any Journal
    ) async throws -> (context: MemoryContext, fault: String?) {
        var budget = MemoryBudget()
        budget.maxTokens = settings.tokens
        let step = JournalStep(
            key: Self.recallKey, kind: .step,
            // Not of the budget: what the first attempt was told stays.
            fingerprint: Fingerprint.of([
                .string(agent.id.uuidString), .string(user.uuidString),
            ]), effect: .none)
        var fault: String?
        let chosen = try await journal.perform(step) {
            var candidates: JSONValue = [:]
            do {
                candidates = try await self.candidates(agent.id, user, job.executionID, budget)
            } catch let error as PostgresError where error.sqlState != nil && !error.isTransient {
                // No right to read them, or a table of another shape.
                fault = error.safeToLog
            }
            return MemoryContext(choosingFrom: candidates, budget: budget).journalled
        }
        return (try MemoryContext(journalled: chosen), fault)
    }

    private func candidates(
        _ agent: UUID, _ user: UUID, _ execution: UUID, _ budget: MemoryBudget
    ) async throws -> JSONValue {
        try await pool.withConnection(leaseDeadline: .seconds(10)) {
            try await RunMemories($0).recall(
                agent: agent, user: user, execution: execution, runs: budget.maxRecentRuns,
                facts: budget.maxUserMemories, characters: budget.maxCharacters)
        }
    }

    /// Has a run that ended summarised, and keeps the summary; never throws. nil when the run is
    /// nothing to remember: no model took part, or it ended for a reason that is not its own.
    func remember(_ run: EndedRun, of job: ClaimedJob, journal: any Journal) async -> MemoryNote? {
        guard isOn(for: run.agent), Self.isMemorable(run.result) else { return nil }
        do {
            let memory = try await summarizer.summarize(
                run.result, of: run.agent, input: run.input, journal: journal)
            guard let number = try await keep(memory, of: job, journal) else {
                return .skipped("the job was taken back")
            }
            return .kept(run: number)
        } catch {
            return .skipped(Self.reason(for: error))
        }
    }

    static func isMemorable(_ run: RunResult) -> Bool {
        guard run.suspension == nil, run.iterations > 0 else { return false }
        return switch run.failure?.failureClass {
        // Nobody would be there to ask, or somebody does not want it any more.
        case .quota, .cancelled, .shutdown: false
        default: true
        }
    }

    private func keep(
        _ memory: RunMemory, of job: ClaimedJob, _ journal: any Journal
    ) async throws -> Int? {
        let step = JournalStep(
            key: Self.keptKey, kind: .step, fingerprint: Fingerprint.of(memory.json),
            effect: .idempotent)
        let retention = RunMemories.Retention(
            time: settings.retention, lowTime: min(settings.retention, MemorySettings.lowRetention),
            mostKept: settings.mostKept)
        let attempt = AttemptContext(
            jobID: job.id, attemptID: job.attemptID, executionID: job.executionID,
            agentID: job.agentID, userID: job.userID)
        let kept = try await journal.perform(step) {
            let number = try await pool.withConnection(leaseDeadline: .seconds(10)) {
                try await RunMemories($0).remember(
                    memory.json, of: attempt, retention: retention)
            }
            return ["run": number.map { JSONValue($0) } ?? .null]
        }
        return kept["run"]?.intValue
    }

    /// A class and a code: an error's text may quote anything.
    private static func reason(for error: any Error) -> String {
        if let limit = error as? Suspension { return "held by \(limit.key)" }
        if let error = error as? PostgresError { return "database, \(error.safeToLog)" }
        let failure = RunFailure.from(error)
        return "\(failure.failureClass.rawValue), \(failure.code)"
    }
}
