import AgentKit
import JSON
import Journal
import Models
import Tools

/// Plugins that are called only while the lease is healthy: a worker that was asleep beyond it must
/// not act on the world beside the one that took its job over. (Model calls are fenced by their
/// intent.)
struct LeasedTools: ToolCalling {
    let tools: any ToolCalling
    let lease: LeaseState

    func prepare(plugins: [String]) async throws(ToolError) {
        // Without a lease nothing is called: neither after it was lost nor in a replay.
        guard lease.isHealthy else { return }
        try await tools.prepare(plugins: plugins)
    }

    func listsActions(plugin: String) -> Bool { tools.listsActions(plugin: plugin) }

    func definitions(plugins: [String]) -> [ToolDefinition] { tools.definitions(plugins: plugins) }

    func context(ofPlugin plugin: String) -> String? { tools.context(ofPlugin: plugin) }

    func hasAction(plugin: String, action: String) -> Bool {
        tools.hasAction(plugin: plugin, action: action)
    }

    func sideEffect(plugin: String, action: String) -> SideEffect {
        tools.sideEffect(plugin: plugin, action: action)
    }

    func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String
    ) async -> ToolResult {
        await call(
            plugin: plugin, action: action, arguments: arguments, idempotencyKey: idempotencyKey,
            answer: nil)
    }

    func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String,
        answer: ToolInputAnswer?
    ) async -> ToolResult {
        guard lease.isHealthy else {
            return .failure(
                ToolError(code: ToolError.Code.cancelled, message: "the worker's lease is lost"))
        }
        return await tools.call(
            plugin: plugin, action: action, arguments: arguments, idempotencyKey: idempotencyKey,
            answer: answer)
    }
}
