import AgentKit
import JSON

/// A kind of step. A new one is a file with a type that conforms to this, and a line in
/// `StepCatalog.standard`.
protocol StepType: Sendable {
    /// What stands in the step's `type`.
    var names: [String] { get }

    /// Checks the fields of a step and tells what the planner must know of it. Pure.
    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline

    /// Whether the type takes the step's `timeout` for itself; else it limits all tries together.
    var ownsTimeout: Bool { get }

    /// Everything the step's output depends on, for its cache; nil when it is never cached.
    func cacheQuestion(
        of step: PlannedStep, in context: StepContext
    ) throws(StepFailure) -> JSONValue?

    /// Runs the step once. What it did goes into `activity`, also when it fails.
    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput
}

extension StepType {
    var ownsTimeout: Bool { false }

    func cacheQuestion(
        of step: PlannedStep, in context: StepContext
    ) throws(StepFailure) -> JSONValue? { nil }
}
