import AgentKit
import JSON
import Journal

/// `delay`: waits `duration` milliseconds; a cancelled run does not wait it out. The data is
/// `{delayed: true}`.
struct DelayStep: StepType {
    let names = ["delay"]

    /// An hour. The job holds its slot meanwhile; what is to happen later is a job of its own.
    private static let maxMilliseconds = 3_600_000.0

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        outline.require("duration", of: step)
        guard let duration = step.field("duration") else { return outline }
        outline.fields = [duration]
        if case .string = duration { return outline }
        if Self.milliseconds(duration) == nil { outline.faults.append(Self.fault) }
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let duration = try context.renderField(step.step.field("duration"))
        guard let milliseconds = Self.milliseconds(duration) else {
            throw StepFailure(.workflow(.invalidDuration, Self.fault))
        }
        try await context.engine.pause(.milliseconds(milliseconds))
        return StepOutput(["delayed": true])
    }

    private static let fault =
        "duration must be a number of milliseconds above 0 and at most 3600000"

    private static func milliseconds(_ value: JSONValue) -> Double? {
        let number =
            value.doubleValue
            ?? value.stringValue.flatMap { JSONNumber(text: $0)?.double }
        guard let number, number > 0, number <= maxMilliseconds else { return nil }
        return number
    }
}
