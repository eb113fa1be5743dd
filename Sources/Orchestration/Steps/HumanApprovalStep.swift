import AgentKit
import JSON
import Journal

/// `human_approval`: waits until people approve or reject. The data is
/// `{approvalId, status, responses, resolvedAt}`; a rejection fails the step.
///
/// The wait holds no slot: the run is suspended, and begins again, from the journal, when the
/// answer is there or `timeout` has passed. Then `onTimeout` counts: `approve`, `reject` (the
/// default), or `escalate`, which asks `escalateTo` for as long again and then rejects.
struct HumanApprovalStep: StepType {
    let names = ["human_approval"]
    /// It is the time people have.
    let ownsTimeout = true

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        ApprovalRequest(step: step).outline()
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let request = ApprovalRequest(step: step.step)
        if Task.isCancelled { throw StepFailure(RunFailure.cancelled) }
        var answer = try await ask(request, isEscalation: false, in: context)
        var responses = answer["responses"]?.arrayValue ?? []
        var isEscalated = false
        if answer["decision"] == "timeout", request.timeoutPolicy == .escalate {
            isEscalated = true
            answer = try await ask(request, isEscalation: true, in: context)
            responses += answer["responses"]?.arrayValue ?? []
        }
        let isTimeout = answer["decision"] == "timeout"
        let isApproved =
            isTimeout ? request.timeoutPolicy == .approve : answer["decision"] == "approve"
        guard isApproved else {
            throw StepFailure(
                RunFailure.workflow(
                    .approvalRejected,
                    isTimeout
                        ? "nobody approved within the time limit" : "the approval was rejected"))
        }
        let execution = context.engine.input.executionID.uuidString.lowercased()
        var output = StepOutput([
            "approvalId": .string("approval_\(execution)_\(context.path)"), "status": "approved",
            "responses": .array(responses), "resolvedAt": answer["answeredAt"] ?? .null,
        ])
        if isTimeout { output.metadata["timedOut"] = true }
        if isEscalated { output.metadata["escalated"] = true }
        return output
    }

    private func ask(
        _ request: ApprovalRequest, isEscalation: Bool, in context: StepContext
    ) async throws(StepFailure) -> JSONValue {
        let event = ExternalEvent(
            key: isEscalation ? "\(context.key).escalation" : context.key, kind: "human_approval",
            request: try request.json(isEscalation: isEscalation, in: context),
            timeout: request.step.timeout)
        do { return try await context.engine.journal.wait(for: event) } catch {
            throw StepFailure(catching: error)
        }
    }
}
