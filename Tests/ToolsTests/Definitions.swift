import JSON

@testable import Tools

/// Definition files for the tests.
enum Definitions {
    /// A file with one plugin `mail` of one action `send`: `request` as given, the rest ordinary.
    static func file(
        request: JSONValue, parameters: JSONValue = parameters, rules: JSONValue = [:],
        guidance: JSONValue = [:], allow: JSONValue = ["127.0.0.1/32"]
    ) -> JSONValue {
        [
            "plugin": [
                "name": "mail", "displayName": "Mail", "description": "Sends mail",
                "context": "For mail.", "category": "communication", "allow_addresses": allow,
                "auth_config": ["auth_type": "platform_key"],
            ],
            "actions": [
                "send": [
                    "description": "Sends a message.", "usage_context": "When asked to write.",
                    "parameters": parameters, "rules": rules, "output_guidance": guidance,
                    "request": request,
                ]
            ],
        ]
    }

    static let parameters: JSONValue = [
        "type": "object",
        "properties": [
            "to": ["type": "array", "items": ["type": "string"]], "id": ["type": "string"],
            "subject": ["type": "string"], "count": ["type": "integer", "default": 3],
            "flag": ["type": "boolean"], "options": ["type": "object"], "any": [:],
        ],
        "required": ["id"],
    ]

    static func catalog(_ file: JSONValue) throws -> ToolCatalog {
        try ToolCatalog.load(files: [("mail.json", file.serializedBytes)])
    }

    static func action(_ file: JSONValue) throws -> ToolAction {
        guard let action = try catalog(file).action(plugin: "mail", action: "send") else {
            throw ToolError(code: "TEST", message: "no action")
        }
        return action
    }
}

/// Secrets of a test.
struct FixedCredentials: CredentialSource {
    var values: [String: String] = [:]
    func credential(named name: String) -> String? { values[name] }
}
