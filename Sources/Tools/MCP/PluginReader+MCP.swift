import HTTP
import JSON
import Journal

extension PluginReader {
    private static let serverFields: Set<String> = [
        "command", "env", "url", "headers", "timeout_ms", "tools", "effects",
    ]

    /// Those belong to the protocol or to the HTTP client.
    private static let protocolHeaders: Set<String> = [
        "accept", "connection", "content-length", "content-type", "expect", "host",
        "last-event-id", "transfer-encoding", "upgrade",
    ]

    /// The server of a plugin without actions of its own; nil when it has a fault that leaves
    /// nothing to use.
    mutating func server(
        _ value: JSONValue, _ field: String, plugin: String, policy: AddressPolicy
    ) -> MCPServerDefinition? {
        guard let members = object(value, field) else { return nil }
        for key in members.keys where !Self.serverFields.contains(key) {
            fault("\(field).\(key)", "is not a field of an MCP server")
        }
        if plugin.utf8.count > 40 || plugin.hasSuffix("_") {
            fault(
                "plugin.name",
                "the name of an MCP plugin must be at most 40 characters and not end with \"_\"")
        }
        guard let transport = transport(members, field, policy: policy) else { return nil }
        return MCPServerDefinition(
            transport: transport, timeout: timeLimit(members["timeout_ms"], "\(field).timeout_ms"),
            allowedTools: members["tools"].flatMap { value in
                value.isNull ? nil : words(value, "\(field).tools").map { Set($0) }
            },
            effects: effects(members["effects"], "\(field).effects"))
    }

    private mutating func transport(
        _ members: JSONObject, _ field: String, policy: AddressPolicy
    ) -> MCPServerDefinition.Transport? {
        switch (members["command"], members["url"]) {
        case (let command?, nil):
            if members["headers"] != nil { fault("\(field).headers", "belongs to a url") }
            let environment = secretTexts(members["env"], "\(field).env", isName: Self.isVariable)
            return words(command, "\(field).command").map {
                checkCommand($0, "\(field).command")
                return .stdio(command: $0, environment: environment)
            }
        case (nil, let url?):
            if members["env"] != nil { fault("\(field).env", "belongs to a command") }
            let headers = secretTexts(
                members["headers"], "\(field).headers",
                isName: { name in
                    HeaderName.isValid(name) && !name.lowercased().hasPrefix("mcp-")
                        && !Self.protocolHeaders.contains(name.lowercased())
                })
            return address(url, "\(field).url").map {
                .http(url: $0, headers: headers, policy: policy)
            }
        default:
            fault(field, "must have either a command or a url")
            return nil
        }
    }

    private mutating func checkCommand(_ command: [String], _ field: String) {
        if command.first?.isEmpty != false { fault(field, "must name a program first") }
        for (index, word) in command.enumerated() {
            // Arguments are visible to every user of the machine.
            if word.contains("{{") {
                fault(
                    "\(field).\(index)", "has no placeholders: a credential may stand in env only")
            }
            if word.utf8.contains(0) { fault("\(field).\(index)", "has a NUL") }
        }
    }

    private mutating func address(_ value: JSONValue, _ field: String) -> String? {
        guard let text = string(value, field) else { return nil }
        do {
            let template = try TextTemplate(parsing: text)
            guard template.arguments.isEmpty, template.credentials.isEmpty else {
                fault(field, "has no placeholders: a credential may stand in headers only")
                return nil
            }
            if let problem = TemplateURL.problem(of: template) { fault(field, problem) }
        } catch {
            fault(field, error.message)
        }
        return text
    }

    /// An array of strings.
    private mutating func words(_ value: JSONValue, _ field: String) -> [String]? {
        guard let words = value.arrayValue?.map(\.stringValue), !words.contains(nil) else {
            fault(field, "must be an array of strings")
            return nil
        }
        return words.compactMap { $0 }
    }

    /// Texts that may hold credentials and nothing else.
    private mutating func secretTexts(
        _ value: JSONValue?, _ field: String, isName: (String) -> Bool
    ) -> [(name: String, value: TextTemplate)] {
        guard let value, !value.isNull, let members = object(value, field) else { return [] }
        var texts: [(name: String, value: TextTemplate)] = []
        for (name, value) in members {
            let field = "\(field).\(name)"
            if !isName(name) { fault(field, "is not a name that may be set here") }
            guard let text = value.stringValue else {
                fault(field, "must be a string")
                continue
            }
            do {
                let template = try TextTemplate(parsing: text)
                if !template.arguments.isEmpty {
                    fault(field, "a placeholder must be a {{credential:NAME}}")
                }
                if template.segments.contains(where: { $0.hasControlCharacter }) {
                    fault(field, "has a control character")
                }
                texts.append((name, template))
            } catch {
                fault(field, error.message)
            }
        }
        return texts
    }

    private mutating func effects(_ value: JSONValue?, _ field: String) -> [String: SideEffect] {
        guard let value, !value.isNull, let members = object(value, field) else { return [:] }
        var effects: [String: SideEffect] = [:]
        for (tool, value) in members {
            effects[tool] = value.stringValue.flatMap { SideEffect(rawValue: $0) }
            if effects[tool] == nil {
                fault("\(field).\(tool)", "must be none, idempotent or once")
            }
        }
        return effects
    }

    private static func isVariable(_ name: String) -> Bool {
        !name.isEmpty && !name.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "=") || $0 >= 0x7F }
    }
}
