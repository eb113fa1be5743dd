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
