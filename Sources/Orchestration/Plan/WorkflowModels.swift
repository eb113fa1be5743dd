import AgentKit
import JSON

/// Whether a workflow may come to ask a model.
enum WorkflowModels {
    private static let types: Set<String> = ["llm_decision", "ai_processing", "sub_workflow"]
    /// Deeper than any workflow that passes its plan.
    private static let maxDepth = 64

    /// True also for one that only nests another agent's workflow: what that does is not known here.
    static func mayAsk(_ agent: AgentDefinition) -> Bool {
        agent.workflowSteps.map { hasModelStep($0, depth: 0) } ?? false
    }

    private static func hasModelStep(_ value: JSONValue, depth: Int) -> Bool {
        guard depth < maxDepth else { return false }
        switch value {
        case .array(let elements):
            return elements.contains { hasModelStep($0, depth: depth + 1) }
        case .object(let object):
            if let type = object["type"]?.stringValue, types.contains(type) { return true }
            return object.contains { hasModelStep($0.value, depth: depth + 1) }
        default: return false
        }
    }
}
