/// The limits of one workflow run.
public struct OrchestrationLimits: Sendable, Hashable {
    /// Steps of one list that run at the same time, where the list sets no other number.
    public var maxConcurrentSteps = 3
    /// The most any list or loop may ask for.
    public var maxConcurrencyAsked = 10
    /// Steps that a run may start in all, loop iterations counted out.
    public var maxStepRuns = 10_000
    /// Whether a failed step never fails the run, whatever the step says.
    public var continueOnError = false
    /// The longest pause before a step is repeated. A service that asks for more fails the step:
    /// waiting so long is the queue's business.
    public var maxBackoff: Duration = .seconds(30)
    /// Characters of earlier results that an LLM step is told, in all.
    public var maxContextCharacters = 8000

    /// Time limit of one attempt at the run; nil leaves it to the job's own.
    public var maxRunTime: Duration?
    /// The longest delay a run sits out. For a longer one the run is suspended, and its job waits
    /// without a slot.
    public var longestHeldDelay: Duration = .seconds(60)

    public init() {}
}
