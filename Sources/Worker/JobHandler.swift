import JSON
import Jobs
import Journal

/// The code for one kind of job. It never throws: whatever happens is in what it returns, and only
/// the executor makes a record of it.
package protocol JobHandler: Sendable {
    /// The name jobs ask for.
    var kind: String { get }
    /// Runs one attempt; on cancellation it returns promptly.
    func run(_ job: ClaimedJob, journal: any Journal) async -> HandledRun
    /// Has a run that ended for good leave its memory, before it is settled; nil when there is
    /// nothing to remember. Changes nothing about how the run ended; on cancellation it returns
    /// promptly.
    func remember(_ run: EndedRun, of job: ClaimedJob, journal: any Journal) async -> MemoryNote?
}

extension JobHandler {
    package func remember(
        _ run: EndedRun, of job: ClaimedJob, journal: any Journal
    ) async -> MemoryNote? {
        nil
    }
}

/// What a handler made of an attempt.
package struct HandledRun: Sendable {
    /// nil: it succeeded, or was suspended.
    var failure: RunFailure?
    /// What it waits for; nil when it ended.
    var suspension: Suspension?
    var output: JSONValue?
    /// What the run report says beyond the job's columns (agentkit, orchestrator).
    var run: JSONValue?
    /// What the generation log keeps (generation).
    var generation: JSONValue?
    /// What its memory is made of (agentkit, orchestrator); nil when it never began.
    var ended: EndedRun?
    /// Why it could not be told what earlier runs left; nil when it could.
    var recallFault: String?

    package init(
        failure: RunFailure? = nil, suspension: Suspension? = nil, output: JSONValue? = nil,
        run: JSONValue? = nil, generation: JSONValue? = nil
    ) {
        self.failure = failure
        self.suspension = suspension
        self.output = output
        self.run = run
        self.generation = generation
    }
}
