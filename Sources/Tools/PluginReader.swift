import HTTP
import JSON
import JSONSchema

/// Reads one definition file and collects everything that is wrong with it.
///
/// Fields of the origin's format that mean nothing here (icons, OAuth settings, confirmations) are
/// passed over; in a `request`, which is ours, an unknown field is a fault.
struct PluginReader {
    let file: String
    private(set) var faults: [ToolCatalogError.Fault] = []

    init(file: String) { self.file = file }

    mutating func fault(_ field: String, _ message: String) {
        faults.append(.init(file: file, field: field, message: message))
    }

    /// The plugin; nil when it has a fault.
    mutating func plugin(_ document: JSONValue) -> Plugin? {
        guard let head = object(document["plugin"], "plugin") else { return nil }
        let name = string(head["name"], "plugin.name") ?? ""
        if !name.isEmpty, !Self.isName(name) || name.contains("__") {
            fault("plugin.name", "must be letters, digits, \"_\" and \"-\", without \"__\"")
        }
        let blocks = allowedAddresses(head["allow_addresses"])
        let policy = blocks.isEmpty ? AddressPolicy.publicOnly : .allowing(blocks)
        var actions: [ToolAction] = []
        var server: MCPServerDefinition?
        if let mcp = document["mcp"] {
            server = self.server(mcp, "mcp", plugin: name, policy: policy)
            if document["actions"] != nil { fault("actions", "the server of mcp has the actions") }
        } else {
            actions = self.actions(document["actions"], plugin: name, policy: policy)
        }
        let displayName =
            optionalString(head["displayName"], "plugin.displayName")
            ?? optionalString(head["label"], "plugin.label")
        let plugin = Plugin(
            name: name, displayName: displayName ?? name,
            description: optionalString(head["description"], "plugin.description") ?? "",
            context: optionalString(head["context"], "plugin.context") ?? "",
            allowedAddresses: blocks, actions: actions, mcp: server)
        return faults.isEmpty ? plugin : nil
    }

    private mutating func allowedAddresses(_ value: JSONValue?) -> [String] {
        guard let value, !value.isNull else { return [] }
        guard let texts = value.arrayValue?.map({ $0.stringValue ?? "" }) else {
            fault("plugin.allow_addresses", "must be an array of address blocks")
            return []
        }
        for (index, text) in texts.enumerated() where AddressBlock(text) == nil {
            fault("plugin.allow_addresses.\(index)", "must be a block such as 10.1.2.0/24")
        }
        return texts
    }

    private mutating func actions(
        _ value: JSONValue?, plugin: String, policy: AddressPolicy
    ) -> [ToolAction] {
        guard let members = object(value, "actions") else { return [] }
        if members.isEmpty { fault("actions", "must have at least one action") }
        return members.compactMap { name, value in
            let field = "actions.\(name)"
            guard let body = object(value, field) else { return nil }
            if !Self.isName(name) || plugin.utf8.count + 2 + name.utf8.count > 64 {
                fault(
                    field,
                    "the name must be letters, digits, \"_\" and \"-\", with the plugin's name at "
                        + "most 62 of them")
            }
            return action(body, name: name, plugin: plugin, field: field, policy: policy)
        }
    }

    private mutating func action(
        _ body: JSONObject, name: String, plugin: String, field: String, policy: AddressPolicy
    ) -> ToolAction? {
        let parameters = body["parameters"] ?? ["type": "object", "properties": [:]]
        let schema = self.schema(parameters, "\(field).parameters")
        let blocks = self.blocks(body["rules"]?["limits"], "\(field).rules.limits")
        let guidance = body["output_guidance"]
        let errors = commonErrors(
            guidance?["common_errors"], "\(field).output_guidance.common_errors")
        let request = requestTemplate(
            body["request"], "\(field).request", parameters: parameters, policy: policy)
        let description = optionalString(body["description"], "\(field).description")
        let usage = optionalString(body["usage_context"], "\(field).usage_context")
        let success = optionalString(
            guidance?["success_message"], "\(field).output_guidance.success_message")
        guard let schema, let request else { return nil }
        return ToolAction(
            plugin: plugin, name: name, description: description ?? "", usageContext: usage ?? "",
            parameters: parameters, schema: schema, blocks: blocks, successMessage: success,
            commonErrors: errors, request: request)
    }

    private mutating func schema(_ parameters: JSONValue, _ field: String) -> JSONSchema? {
        guard parameters["type"]?.stringValue == "object" else {
            fault(field, "must be a JSON Schema of \"type\": \"object\"")
            return nil
        }
        do {
            return try JSONSchema(parameters)
        } catch {
            fault(field, "is not a JSON Schema: \(error)")
            return nil
        }
    }

    /// The limits with the action `block`. Those that only ask or warn have nobody to ask here and
    /// are passed over; a `block` that cannot be checked would be a promise not kept, so it is a
    /// fault.
    private mutating func blocks(_ value: JSONValue?, _ field: String) -> [BlockRule] {
        guard let value, !value.isNull, let rules = object(value, field) else { return [] }
        return rules.compactMap { name, rule in
            let field = "\(field).\(name)"
            guard let kind = rule["action"]?.stringValue,
                ["block", "confirm", "warn"].contains(kind)
            else {
                fault("\(field).action", "must be block, confirm or warn")
                return nil
            }
            guard kind == "block" else { return nil }
            guard let text = string(rule["condition"], "\(field).condition") else { return nil }
            guard let condition = RuleCondition(parsing: text) else {
                fault(
                    "\(field).condition",
                    "the rule is unsupported: only comparisons of an argument with a constant, "
                        + "joined by && or by ||, can be checked")
                return nil
            }
            return BlockRule(
                name: name, condition: condition,
                message: rule["message"]?.stringValue ?? "the rule \(name) forbids this call")
        }
    }

    private mutating func commonErrors(_ value: JSONValue?, _ field: String) -> [String: String] {
        guard let value, !value.isNull, let members = object(value, field) else { return [:] }
        var texts: [String: String] = [:]
        for (key, value) in members { texts[key] = string(value, "\(field).\(key)") }
        return texts
    }
}
