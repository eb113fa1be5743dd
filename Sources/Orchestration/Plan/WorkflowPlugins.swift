import AgentKit
import JSON

/// The plugins a workflow may come to use.
enum WorkflowPlugins {
    /// Those its steps name, whatever they name them for, and those of its agent.
    static func names(of agent: AgentDefinition) -> [String] {
        var names = agent.pluginsRequired
        if let steps = agent.workflowSteps { collect(steps, into: &names, depth: 0) }
        return names.enumerated().filter { names.firstIndex(of: $0.element) == $0.offset }
            .map(\.element)
    }

    /// Deeper than any workflow that passes its plan.
    private static let maxDepth = 64

    private static func collect(_ value: JSONValue, into names: inout [String], depth: Int) {
        guard depth < maxDepth else { return }
        switch value {
        case .array(let elements):
            for element in elements { collect(element, into: &names, depth: depth + 1) }
        case .object(let object):
            if let name = object["plugin"]?.stringValue { names.append(name) }
            for (_, member) in object { collect(member, into: &names, depth: depth + 1) }
        default: break
        }
    }
}
