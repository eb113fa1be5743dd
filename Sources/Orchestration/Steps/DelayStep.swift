import AgentKit
import FoundationEssentials
import JSON
import Journal

/// `delay`: waits `duration` milliseconds; a cancelled run does not wait it out. The data is
/// `{delayed: true}`.
///
/// The end of a delay is journalled when it begins, so that a restart does not prolong it. A long
/// one does not hold the job's slot: the run ends, and its job waits.
struct DelayStep: StepType {
    let names = ["delay"]

    private static let maxMilliseconds = WorkflowStep.maxTimeoutMilliseconds

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
        let field = try context.renderField(step.step.field("duration"))
        guard let milliseconds = Self.milliseconds(field) else {
            throw StepFailure(RunFailure.workflow(.invalidDuration, Self.fault))
        }
        let duration = Duration.milliseconds(milliseconds)
        if duration > context.engine.limits.longestHeldDelay {
            try await suspend(for: duration, in: context)
        } else {
            try await pause(for: duration, in: context)
        }
        return StepOutput(["delayed": true])
    }

    /// The answer of a wait that nobody answers is that its time is over.
    private func suspend(
        for duration: Duration, in context: StepContext
    ) async throws(StepFailure) {
        do {
            _ = try await context.engine.journal.wait(
                for: ExternalEvent(
                    key: context.key, kind: "delay",
                    request: ["milliseconds": JSONValue(duration / .milliseconds(1))],
                    timeout: duration))
        } catch {
            throw StepFailure(catching: error)
        }
    }

    private func pause(for duration: Duration, in context: StepContext) async throws(StepFailure) {
        let engine = context.engine
        let end: JSONValue
        do {
            end = try await engine.journal.perform(
                JournalStep(
                    key: context.key, kind: .delay,
                    fingerprint: Fingerprint.of(JSONValue(duration / .milliseconds(1))),
                    effect: .none)
            ) {
                // In milliseconds since 1970.
                let end = engine.now().timeIntervalSince1970 * 1000 + duration / .milliseconds(1)
                return ["until": JSONValue(end.rounded())]
            }
        } catch {
            throw StepFailure(catching: error)
        }
        let until = end["until"]?.doubleValue ?? 0
        let left = Duration.milliseconds(until - engine.now().timeIntervalSince1970 * 1000)
        // Never longer than the delay itself, should the clock have been put back.
        try await engine.pause(min(duration, left))
    }

    private static let fault =
        "duration must be a number of milliseconds above 0 and at most 30 days"

    private static func milliseconds(_ value: JSONValue) -> Double? {
        let number =
            value.doubleValue
            ?? value.stringValue.flatMap { JSONNumber(text: $0)?.double }
        guard let number, number > 0, number <= maxMilliseconds else { return nil }
        return number
    }
}
