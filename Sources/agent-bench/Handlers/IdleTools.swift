import AgentKit
import JSON
import Journal
import Models
import Tools

/// One plugin, `idle`, whose action `none` does nothing, at once.
struct IdleTools: ToolCalling {
    func definitions(plugins: [String]) -> [ToolDefinition] { [] }

    func context(ofPlugin plugin: String) -> String? { nil }

    func hasAction(plugin: String, action: String) -> Bool { plugin == "idle" && action == "none" }

    func sideEffect(plugin: String, action: String) -> SideEffect { .idempotent }

    func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String
    ) async -> ToolResult {
        ToolResult(success: true, data: ["done": true], itemsReturned: 1)
    }
}
