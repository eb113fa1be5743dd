import JSON

/// Writes the agent a generation job asks for, from the words of its request.
struct AgentAuthor {
    /// What the user asked for.
    let request: String

    private static let signature = ["name", "purpose", "personality", "principles"]

    /// An agent that fits the schema; nil when the schema is not one of an agent.
    func agent(for schema: JSONValue) -> JSONValue? {
        let properties = schema["properties"]?.objectValue ?? [:]
        guard Self.signature.allSatisfy({ properties[$0] != nil }) else { return nil }
        var agent = InstanceSynthesizer(root: schema).instance()
        // What an agent need not have is left empty: members made up one by one need not agree.
        for (key, property) in properties where Self.allowsNull(property) { agent[key] = .null }
        for (key, value) in attributes.objectValue ?? [:] {
            guard let property = properties[key], property["enum"] == nil,
                property["const"] == nil, let text = value.stringValue
            else { continue }
            let limit = max(0, property["maxLength"]?.intValue ?? Int.max)
            agent[key] = .string(String(text.unicodeScalars.prefix(limit)))
        }
        return agent
    }

    private static func allowsNull(_ schema: JSONValue) -> Bool {
        if schema["type"]?.arrayValue?.contains("null") == true { return true }
        return schema["anyOf"]?.arrayValue?.contains { $0["type"] == "null" } == true
    }

    /// The attributes in words, without a schema to fit.
    var attributes: JSONValue {
        let goal = Self.oneLine(request, limit: 300)
        return [
            "name": .string(name),
            "purpose": .string("Works on this request for its owner: \(goal)"),
            "personality": "Calm, precise and friendly. Says what it knows and what it does not.",
            "principles": "Tells the truth, keeps private data private, and asks when unsure.",
            "description": .string("An agent for: \(Self.oneLine(request, limit: 120))"),
        ]
    }

    /// Up to four telling words of the request, at most 50 characters.
    private var name: String {
        let words = Self.oneLine(request, limit: 1_000)
            .split { !$0.isLetter && !$0.isNumber }
            .filter { $0.count > 3 && !Self.fillers.contains($0.lowercased()) }
            .prefix(4)
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return String((words + ["Agent"]).joined(separator: " ").prefix(50))
    }

    /// The text in one line, without heading marks, which agent schemas refuse.
    static func oneLine(_ text: String, limit: Int) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).filter { word in
            !word.allSatisfy { $0 == "#" }
        }
        return String(words.joined(separator: " ").prefix(limit))
    }

    private static let fillers: Set<String> = [
        "about", "agent", "create", "every", "from", "make", "please", "should", "that", "this",
        "want", "which", "with", "would", "your",
    ]
}
