import JSON
import JSONSchema
import Journal
import Models

/// A tool of a server.
struct MCPTool: Sendable {
    /// The server's own name.
    let name: String
    /// The action's name; see `MCPToolName`.
    let action: String
    let description: String
    let parameters: JSONValue
    /// nil when the schema cannot be compiled (it refers to other documents): then only the server
    /// checks.
    let schema: JSONSchema?
    let effect: SideEffect
    /// The arguments that HTTP servers of the new era want in headers too.
    let parameterHeaders: [ParameterHeader]

    /// nil for what is not a tool, or not one that can be called by the rules.
    init?(_ value: JSONValue, plugin: String, effects: [String: SideEffect]) {
        guard let name = value["name"]?.stringValue, !name.isEmpty, name.utf8.count <= 1024,
            let headers = ParameterHeader.all(in: value["inputSchema"] ?? [:])
        else { return nil }
        self.name = name
        action = MCPToolName.exposed(name, plugin: plugin)
        description = value["description"]?.stringValue ?? value["title"]?.stringValue ?? ""
        parameters = Self.objectSchema(value["inputSchema"])
        schema = try? JSONSchema(parameters)
        effect = effects[name] ?? Self.effect(value["annotations"])
        parameterHeaders = headers
    }

    /// The function offered to models. OpenAI refuses a longer description.
    func definition(plugin: String) -> ToolDefinition {
        ToolDefinition(
            name: "\(plugin)__\(action)", description: ToolText.cut(description, to: 1024),
            parameters: parameters)
    }

    /// Hints of a server that the operator chose to trust by naming it.
    private static func effect(_ annotations: JSONValue?) -> SideEffect {
        if annotations?["readOnlyHint"]?.boolValue == true { return .none }
        return annotations?["idempotentHint"]?.boolValue == true ? .idempotent : .once
    }

    private static func objectSchema(_ value: JSONValue?) -> JSONValue {
        guard var schema = value, schema.objectValue != nil else {
            return ["type": "object", "properties": [:]]
        }
        schema["type"] = "object"
        if schema["properties"]?.objectValue == nil { schema["properties"] = [:] }
        return schema
    }
}
