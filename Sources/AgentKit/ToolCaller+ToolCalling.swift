import Tools

extension ToolCaller: ToolCalling {
    public func context(ofPlugin name: String) -> String? {
        catalog.plugin(name).map { $0.context.isEmpty ? $0.description : $0.context }
    }
}
