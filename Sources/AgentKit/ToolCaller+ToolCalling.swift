import Models
import Tools

extension ToolCaller: ToolCalling {
    public func definitions(plugins: [String]) -> [ToolDefinition] {
        catalog.definitions(plugins: plugins)
    }

    public func context(ofPlugin name: String) -> String? {
        catalog.plugin(name).map { $0.context.isEmpty ? $0.description : $0.context }
    }

    public func hasAction(plugin: String, action: String) -> Bool {
        catalog.action(plugin: plugin, action: action) != nil
    }
}
