import JSON
import Models
import Tools

/// What the engines need of plugins. `ToolCaller` is the implementation; tests script another.
public protocol ToolCalling: Sendable {
    /// The actions of these plugins as functions a model may call, named `<plugin>__<action>`.
    func definitions(plugins: [String]) -> [ToolDefinition]

    /// What a model should know of a plugin before it uses it; nil for an unknown plugin.
    func context(ofPlugin plugin: String) -> String?

    /// Whether the catalogue has the action.
    func hasAction(plugin: String, action: String) -> Bool

    /// Calls the action. Never throws: what goes wrong is in the result. The key is the same
    /// whenever the same call of the same run is repeated.
    func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String
    ) async -> ToolResult
}
