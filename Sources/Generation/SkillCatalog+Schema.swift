import JSON

extension SkillCatalog {
    /// What the agent schema says of the skills: known categories are checked, others are not.
    var schemas: JSONObject {
        JSONObject(categories.map { ($0.name, $0.schema) })
    }
}

extension SkillCategory {
    fileprivate var schema: JSONValue {
        var properties: JSONObject = ["enabled": ["type": "boolean"], "states": stateSchema]
        if !payers.isEmpty {
            properties["api_key_provider"] = [
                "type": "string", "enum": .array(payers.map { .string($0.rawValue) }),
            ]
        }
        for credential in credentials { properties[credential] = ["type": "string"] }
        var schema: JSONValue = [
            "type": "object", "properties": .object(properties),
            "required": Self.list(["states", "enabled"] + required),
        ]
        if let payment = ownerPays, !credentials.isEmpty {
            schema["if"] = payment
            schema["then"] = ["required": Self.list(credentials)]
        }
        return schema
    }

    private var stateSchema: JSONValue {
        let access: JSONValue = [
            "type": "string", "enum": Self.list(Access.allCases.map(\.rawValue)),
        ]
        return [
            "type": "object",
            "properties": .object(JSONObject(states.map { ($0.name, access) })),
        ]
    }

    /// When credentials are due. Every property tested is required too: without that a
    /// configuration that does not say who pays would count as paid by the owner. Where the owner
    /// is the only payer it need not say so.
    private var ownerPays: JSONValue? {
        guard payers.contains(.agentOwner) else { return nil }
        if payers == [.agentOwner] {
            return ["properties": ["enabled": ["const": true]], "required": ["enabled"]]
        }
        return [
            "properties": [
                "enabled": ["const": true], "api_key_provider": ["const": "agent_owner"],
            ],
            "required": ["enabled", "api_key_provider"],
        ]
    }

    private static func list(_ texts: [String]) -> JSONValue {
        .array(texts.map { .string($0) })
    }
}
