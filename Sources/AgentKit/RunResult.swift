import JSON
import Journal
import Tools

/// How a run of either engine ended, with everything the four logging operations need but the
/// tokens: those the journal recorded call by call, failures included.
public struct RunResult: Sendable {
    /// The final answer of AgentKit (a string, or the JSON its schema asks for), the output object of a workflow; null on failure.
    public var output: JSONValue
    /// nil is success, unless there is a suspension.
    public var failure: RunFailure?
    /// What the run waits for; nil when it ended.
    public var suspension: Suspension?
    /// Model round trips begun, in all steps of a workflow.
    public var iterations: Int
    /// Sanitised, in the order in which the model or the workflow asked for them.
    public var toolCalls: [ToolCallRecord]
    /// Time spent in tool calls, the sum over all of them.
    public var toolTimeMs: Int
    /// The model that answered last as its provider names it; nil when none did.
    public var model: String?
    public var provider: String?
    /// Every model that answered, in order of first use.
    public var models: [String]
    /// Plugins of which an action was really called, in order of first use.
    public var pluginsUsed: [String]
    /// nil for an AgentKit run.
    public var steps: StepCounts?
    /// Repetitions of workflow steps after a retryable failure.
    public var stepRetries: Int
    public var workflow: WorkflowCounts
    /// What the run was told of the past.
    public var memory = MemoryUse.none

    public init(
        output: JSONValue = .null, failure: RunFailure? = nil, suspension: Suspension? = nil,
        iterations: Int = 0,
        toolCalls: [ToolCallRecord] = [], toolTimeMs: Int = 0, model: String? = nil,
        provider: String? = nil, models: [String] = [], pluginsUsed: [String] = [],
        steps: StepCounts? = nil, stepRetries: Int = 0, workflow: WorkflowCounts = WorkflowCounts()
    ) {
        self.output = output
        self.failure = failure
        self.suspension = suspension
        self.iterations = iterations
        self.toolCalls = toolCalls
        self.toolTimeMs = toolTimeMs
        self.model = model
        self.provider = provider
        self.models = models
        self.pluginsUsed = pluginsUsed
        self.steps = steps
        self.stepRetries = stepRetries
        self.workflow = workflow
    }

    public var success: Bool { failure == nil && suspension == nil }
}
