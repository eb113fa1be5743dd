import JSON
import Journal
import Models
import Tools

/// What the engines need of plugins. `ToolCaller` is the implementation; tests script another.
public protocol ToolCalling: Sendable {
    /// Loads what the plugins' own servers (MCP) offer; at the start of a run, before the other
    /// questions are asked. Throws when a server cannot be reached and was not before.
    func prepare(plugins: [String]) async throws(ToolError)

    /// Whether the plugin's actions are those that a server of its own lists, which may list others
    /// tomorrow.
    func listsActions(plugin: String) -> Bool

    /// The actions of these plugins as functions a model may call, named `<plugin>__<action>`.
    func definitions(plugins: [String]) -> [ToolDefinition]

    /// What a model should know of a plugin before it uses it; nil for an unknown plugin.
    func context(ofPlugin plugin: String) -> String?

    /// Whether the catalogue has the action.
    func hasAction(plugin: String, action: String) -> Bool

    /// What the action does to the world: whether a call whose outcome is unknown may be repeated.
    /// `.once` of one that is not known.
    func sideEffect(plugin: String, action: String) -> SideEffect

    /// Calls the action. Never throws: what goes wrong is in the result. The key is the same
    /// whenever the same call of the same run is repeated.
    func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String
    ) async -> ToolResult

    /// As above, made again with a person's answer to what the action asked for
    /// (`ToolResult.inputRequest`).
    func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String,
        answer: ToolInputAnswer?
    ) async -> ToolResult
}

extension ToolCalling {
    /// Nothing: every action is known from the start.
    public func prepare(plugins: [String]) async throws(ToolError) {}

    /// No plugin does.
    public func listsActions(plugin: String) -> Bool { false }

    /// No action asks for anything.
    public func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String,
        answer: ToolInputAnswer?
    ) async -> ToolResult {
        await call(
            plugin: plugin, action: action, arguments: arguments, idempotencyKey: idempotencyKey)
    }
}
