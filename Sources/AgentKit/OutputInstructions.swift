import JSON

/// Turns an agent's output schema into words for the model.
struct OutputInstructions {
    private let schema: JSONValue?
    private var fields: [JSONValue] { schema?.arrayValue ?? [] }

    init(schema: JSONValue?) {
        self.schema = schema
    }

    /// nil when the schema asks for nothing.
    var text: String? {
        // Said in words as well: some servers take a response format and do not heed it.
        if let schema, schema.objectValue != nil {
            return "Your final answer is one JSON value that fits this JSON Schema, and nothing "
                + "else:\n\(schema.serialized)"
        }
        let lines = fields.compactMap(Self.line)
        guard !lines.isEmpty else { return nil }
        return "Your final answer provides:\n" + lines.joined(separator: "\n")
    }

    private static func line(_ field: JSONValue) -> String? {
        let type = field["type"]?.stringValue
        guard let name = field["name"]?.stringValue ?? type else { return nil }
        var line = "- \(name)"
        if let form = type.flatMap({ form(type: $0, format: field["format"]?.stringValue) }) {
            line += ": \(form)"
        }
        if let description = field["description"]?.stringValue, !description.isEmpty {
            line += " (\(description))"
        }
        return line
    }

    private static func form(type: String, format: String?) -> String {
        switch type {
        case "SummaryBlock":
            switch format {
            case "table": "a summary as a Markdown table"
            case "list": "a summary as a bullet list"
            case "json": "a summary as one JSON object"
            case "html": "a summary as an HTML fragment"
            case "text": "a summary as plain text"
            default: "a summary in Markdown"
            }
        case "EmailDraft": "the draft of an e-mail: subject, recipients, body"
        case "PluginAction": "what was done through which plugin, and its outcome"
        case "Alert": "a short warning: severity, what happened, what to do"
        default: type
        }
    }
}
