import AgentKit
import JSON
import Journal

/// What a `human_approval` step asks, and of whom.
struct ApprovalRequest {
    /// What becomes of a request nobody answers in time.
    enum TimeoutPolicy: String, CaseIterable {
        case approve, reject, escalate
    }

    private static let types = ["any", "all", "majority"]
    private static let channels: Set<String> = ["email", "webhook", "slack", "teams"]

    let step: WorkflowStep

    var timeoutPolicy: TimeoutPolicy {
        step.text("onTimeout").flatMap(TimeoutPolicy.init) ?? .reject
    }

    func outline() -> StepOutline {
        var outline = StepOutline()
        outline.require("title", of: step)
        Self.checkNames("approvers", of: step, isRequired: true, &outline)
        outline.require("approvalType", of: step)
        outline.check("approvalType", of: step, isOneOf: Self.types)
        outline.check("onTimeout", of: step, isOneOf: TimeoutPolicy.allCases.map(\.rawValue))
        outline.checkBooleans("requireComment", "allowDelegate", of: step)
        Self.checkNames("escalateTo", of: step, isRequired: timeoutPolicy == .escalate, &outline)
        if timeoutPolicy == .escalate, step.timeout == nil {
            outline.faults.append("onTimeout escalate needs a timeout")
        }
        checkChannels(&outline)
        outline.texts = ["title", "message", "context", "approvers", "escalateTo"]
            .compactMap(step.field)
        return outline
    }

    private static func checkNames(
        _ key: String, of step: WorkflowStep, isRequired: Bool, _ outline: inout StepOutline
    ) {
        guard let value = step.field(key) else {
            if isRequired { outline.faults.append("\(key) is required") }
            return
        }
        let isReference = value.stringValue?.contains("{{") == true
        if !isReference, !areNames(value) {
            outline.faults.append("\(key) must be an array of at least one name")
        }
    }

    private static func areNames(_ value: JSONValue) -> Bool {
        guard let names = value.arrayValue, !names.isEmpty else { return false }
        return names.allSatisfy { $0.stringValue?.isEmpty == false }
    }

    /// Who may answer. Without a name anybody might, so that is a failure.
    private func approvers(
        _ key: String, in context: StepContext
    ) throws(StepFailure) -> JSONValue {
        let approvers = try context.render(step.field(key) ?? .null)
        guard Self.areNames(approvers) else {
            throw StepFailure(
                RunFailure.workflow(
                    .invalidInputType, "\(key) must be an array of at least one name"))
        }
        return approvers
    }

    private func checkChannels(_ outline: inout StepOutline) {
        guard let value = step.field("notificationChannels") else { return }
        let isList = value.arrayValue?.allSatisfy {
            Self.channels.contains($0["type"]?.stringValue ?? "")
        }
        if isList != true {
            let names = Self.channels.sorted().joined(separator: ", ")
            outline.faults.append(
                "notificationChannels must be an array of {type, config} with a type of \(names)")
        }
    }

    /// What is put before the approvers, or, when these did not answer, before `escalateTo`.
    func json(isEscalation: Bool, in context: StepContext) throws(StepFailure) -> JSONValue {
        var request: JSONObject = [
            "title": try context.render(step.field("title") ?? .null),
            "message": try context.render(step.field("message") ?? .null),
            "context": try context.render(step.field("context") ?? .null),
            "approvers": try approvers(isEscalation ? "escalateTo" : "approvers", in: context),
            "approvalType": step.field("approvalType") ?? "any",
            "requireComment": .bool(step.field("requireComment") == true),
            "allowDelegate": .bool(step.field("allowDelegate") == true),
            "onTimeout": .string(timeoutPolicy.rawValue),
        ]
        request["notificationChannels"] = step.field("notificationChannels")
        if isEscalation { request["escalated"] = true }
        return .object(request)
    }
}
