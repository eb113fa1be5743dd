import Models

/// The plugins of this process by name.
public struct ToolCatalog: Sendable {
    private let plugins: [String: Plugin]

    /// No plugins: agents that only think.
    public init() { plugins = [:] }

    init(plugins: [Plugin]) {
        self.plugins = Dictionary(plugins.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// The names of the plugins, sorted.
    public var pluginNames: [String] { plugins.keys.sorted() }

    /// The plugin of that name.
    public func plugin(_ name: String) -> Plugin? { plugins[name] }

    /// The action of that name.
    public func action(plugin: String, action: String) -> ToolAction? {
        plugins[plugin]?.actions.first { $0.name == action }
    }

    /// The action behind the name of a function, as a model asks for it.
    public func action(function: String) -> ToolAction? {
        guard let separator = function.firstRange(of: "__") else { return nil }
        return action(
            plugin: String(function[..<separator.lowerBound]),
            action: String(function[separator.upperBound...]))
    }

    /// Every action of the named plugins as a function for a model, in the order of the names;
    /// names without a plugin are passed over. The function's name is `<plugin>__<action>`.
    public func definitions(plugins names: [String]) -> [ToolDefinition] {
        names.compactMap { plugins[$0] }.flatMap(\.actions).map { action in
            let words = [action.description, action.usageContext].filter { !$0.isEmpty }
            return ToolDefinition(
                name: action.functionName,
                // OpenAI refuses a longer description.
                description: ToolText.cut(words.joined(separator: " "), to: 1024),
                parameters: action.parameters)
        }
    }
}
