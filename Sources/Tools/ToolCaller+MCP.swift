import Journal
import Models

extension ToolCaller {
    /// Loads what the plugins' own servers offer, where it is not known yet or too old; at the
    /// start of a run, before `definitions` and `hasAction` are asked.
    ///
    /// The error is that of a server that cannot be reached and was not before: temporary, as far
    /// as can be told.
    public func prepare(plugins: [String]) async throws(ToolError) {
        try await mcp?.prepare(plugins: plugins)
    }

    /// Whether the plugin's actions are those that a server of its own lists.
    public func listsActions(plugin: String) -> Bool { catalog.plugin(plugin)?.mcp != nil }

    /// Every action of the named plugins as a function for a model, in the order of the names; a
    /// server's tools as it last listed them. The function's name is `<plugin>__<action>`.
    public func definitions(plugins: [String]) -> [ToolDefinition] {
        plugins.flatMap { plugin in
            mcp?.tools(plugin: plugin)?.map { $0.definition(plugin: plugin) }
                ?? catalog.definitions(plugins: [plugin])
        }
    }

    /// Whether the plugin has the action. Of a server whose tools are not loaded it is believed:
    /// the call finds out.
    public func hasAction(plugin: String, action: String) -> Bool {
        guard catalog.plugin(plugin)?.mcp != nil else {
            return catalog.action(plugin: plugin, action: action) != nil
        }
        guard let tools = mcp?.tools(plugin: plugin) else { return true }
        return tools.contains { $0.action == action }
    }

    /// What a call of the action does to the world, and so what may be done when its outcome is
    /// unknown. An unknown action counts as the worst.
    public func sideEffect(plugin: String, action: String) -> SideEffect {
        if let tools = mcp?.tools(plugin: plugin) {
            return tools.first { $0.action == action }?.effect ?? .once
        }
        guard let action = catalog.action(plugin: plugin, action: action) else { return .once }
        return action.effect
    }
}
