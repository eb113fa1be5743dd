import JSON

/// Brings a JSON Schema into the subset that providers take for strict structured output: the root
/// is an object, every object closed (`additionalProperties: false`), every property required, an
/// optional one being a union with null; nothing but `type`, `enum`, `properties`, `items`,
/// `anyOf`, `$ref`, `$defs` and `description`. Limits are put into words. Source of the rules and
/// limits: OpenAI's guide to structured outputs (5,000 properties, 10 levels, 1,000 enum values,
/// 120,000 characters of names and values).
///
/// The subset only guides the model: its reply is validated against the whole schema.
public struct StructuredOutputSchema: Sendable {
    private let document: JSONValue

    /// Takes the whole schema; definitions come from its `$defs`.
    public init(_ document: JSONValue) {
        self.document = document
    }

    /// The root object with these properties, of which `required` may not be null. Properties
    /// that the subset cannot express are left out; nil when none is left, a definition cannot be
    /// expressed or a limit is passed.
    public func prepared(properties names: [String], required: [String]) -> JSONValue? {
        var properties = JSONObject()
        for name in names {
            guard let schema = document["properties"]?[name] else { continue }
            properties[name] = node(schema, isOptional: !required.contains(name))
        }
        guard !properties.isEmpty else { return nil }
        var root = Self.closed(properties)
        if let definitions = document["$defs"]?.objectValue {
            var prepared = JSONObject()
            for (name, schema) in definitions {
                guard let schema = node(schema, isOptional: false) else { return nil }
                prepared[name] = schema
            }
            root["$defs"] = .object(prepared)
        }
        guard StructuredOutputSize(of: root).isAllowed else { return nil }
        return root
    }

    /// The whole schema in the subset; nil when a property cannot be expressed, the root is no
    /// object or a limit is passed.
    public func prepared() -> JSONValue? {
        guard let properties = document["properties"]?.objectValue else { return nil }
        let required = document["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        guard let root = prepared(properties: properties.keys, required: required),
            root["properties"]?.objectValue?.count == properties.count
        else { return nil }
        return root
    }

    /// The part in the subset; nil when it cannot be expressed.
    private func node(_ schema: JSONValue, isOptional: Bool) -> JSONValue? {
        if let reference = schema["$ref"]?.stringValue {
            guard reference.hasPrefix("#/$defs/") else { return nil }
            return union([["$ref": .string(reference)]], isOptional)
        }
        if let branches = (schema["anyOf"] ?? schema["oneOf"])?.arrayValue {
            let prepared = branches.compactMap { node($0, isOptional: false) }
            guard prepared.count == branches.count, !branches.isEmpty else { return nil }
            return union(prepared, isOptional)
        }
        let types = schema["type"]?.arrayValue ?? schema["type"].map { [$0] } ?? []
        let values = schema["enum"]?.arrayValue ?? schema["const"].map { [$0] }
        guard !types.isEmpty || values != nil else { return nil }
        var part = JSONObject()
        if !types.isEmpty { part["type"] = Self.type(types, isOptional) }
        if let values { part["enum"] = .array(isOptional ? values + [.null] : values) }
        if types.contains("object") {
            guard let object = object(schema) else { return nil }
            for (key, value) in object { part[key] = value }
        }
        if types.contains("array") {
            guard let items = schema["items"], let item = node(items, isOptional: false) else {
                return nil
            }
            part["items"] = item
        }
        part["description"] = Self.description(of: schema)
        return .object(part)
    }

    private func object(_ schema: JSONValue) -> JSONObject? {
        guard let members = schema["properties"]?.objectValue else { return nil }
        let required = schema["required"]?.arrayValue ?? []
        var properties = JSONObject()
        for (name, member) in members {
            properties[name] = node(member, isOptional: !required.contains(.string(name)))
        }
        guard !properties.isEmpty else { return nil }
        return Self.closed(properties).objectValue
    }

    private func union(_ branches: [JSONValue], _ isOptional: Bool) -> JSONValue {
        let all = isOptional ? branches + [["type": "null"]] : branches
        return all.count == 1 ? all[0] : ["anyOf": .array(all)]
    }

    private static func closed(_ properties: JSONObject) -> JSONValue {
        [
            "type": "object", "properties": .object(properties),
            "required": .array(properties.keys.map { .string($0) }),
            "additionalProperties": false,
        ]
    }

    private static func type(_ types: [JSONValue], _ isOptional: Bool) -> JSONValue {
        let all = isOptional && !types.contains("null") ? types + ["null"] : types
        return all.count == 1 ? all[0] : .array(all)
    }

    /// The description, with the limits the subset has no keyword for.
    private static func description(of schema: JSONValue) -> JSONValue? {
        var sentences: [String] = []
        if let text = schema["description"]?.stringValue { sentences.append(text) }
        if let most = schema["maxLength"]?.intValue {
            sentences.append("At most \(most) characters.")
        }
        if case .number(let least)? = schema["minimum"] {
            sentences.append("At least \(least.text).")
        }
        if case .number(let most)? = schema["maximum"] {
            sentences.append("At most \(most.text).")
        }
        guard !sentences.isEmpty else { return nil }
        return .string(sentences.joined(separator: " "))
    }
}
