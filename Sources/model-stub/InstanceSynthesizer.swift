import JSON

/// Makes a valid instance of a JSON schema: the smallest sensible one. Patterns are not looked at.
struct InstanceSynthesizer {
    /// The schema that `#/…` references are resolved in.
    let root: JSONValue

    private static let maxDepth = 24

    /// An instance of the whole schema.
    func instance() -> JSONValue { instance(of: root, name: "value", depth: 0) }

    private func instance(of schema: JSONValue, name: String, depth: Int) -> JSONValue {
        guard depth < Self.maxDepth, case .object = schema else { return .string("sample \(name)") }
        if let value = fixedValue(of: schema) { return value }
        if let target = resolve(schema) {
            return instance(of: target, name: name, depth: depth + 1)
        }
        if let parts = schema["allOf"]?.arrayValue {
            return instance(of: merged(schema, parts), name: name, depth: depth + 1)
        }
        for keyword in ["anyOf", "oneOf"] {
            guard let choices = schema[keyword]?.arrayValue, !choices.isEmpty else { continue }
            let choice = choices.first { $0["type"]?.stringValue != "null" } ?? choices[0]
            var rest = schema
            rest[keyword] = nil
            return instance(of: merged(rest, [choice]), name: name, depth: depth + 1)
        }
        switch type(of: schema) {
        case "object": return object(schema, depth: depth)
        case "array": return array(schema, name: name, depth: depth)
        case "integer", "number": return number(schema)
        case "boolean": return true
        case "null": return .null
        default: return .string(StringSample(schema: schema, name: name).text)
        }
    }

    private func fixedValue(of schema: JSONValue) -> JSONValue? {
        schema["const"] ?? schema["enum"]?[0] ?? schema["default"] ?? schema["examples"]?[0]
    }

    /// The target of a local `$ref`; anything else is not followed.
    private func resolve(_ schema: JSONValue) -> JSONValue? {
        guard let reference = schema["$ref"]?.stringValue, reference.hasPrefix("#") else {
            return nil
        }
        return reference.dropFirst().split(separator: "/").reduce(Optional(root)) { value, key in
            value?[String(key)]
        }
    }

    /// One schema that says what all of them say; of two that differ the later counts.
    private func merged(_ schema: JSONValue, _ parts: [JSONValue]) -> JSONValue {
        var result = schema.objectValue ?? [:]
        result["allOf"] = nil
        for part in parts {
            for (key, value) in (resolve(part) ?? part).objectValue ?? [:] {
                if key == "properties", let old = result[key]?.objectValue {
                    var both = old
                    for (name, property) in value.objectValue ?? [:] { both[name] = property }
                    result[key] = .object(both)
                } else if key == "required", let old = result[key]?.arrayValue {
                    result[key] = .array(old + (value.arrayValue ?? []))
                } else {
                    result[key] = value
                }
            }
        }
        return .object(result)
    }

    private func type(of schema: JSONValue) -> String {
        if let name = schema["type"]?.stringValue { return name }
        if let names = schema["type"]?.arrayValue?.compactMap(\.stringValue) {
            return names.first { $0 != "null" } ?? "null"
        }
        if schema["properties"] != nil || schema["required"] != nil { return "object" }
        if schema["items"] != nil || schema["prefixItems"] != nil { return "array" }
        if schema["minimum"] != nil || schema["maximum"] != nil { return "number" }
        return "string"
    }

    /// The required members, or all when the schema says nothing about which are required.
    private func object(_ schema: JSONValue, depth: Int) -> JSONValue {
        let properties = schema["properties"]?.objectValue ?? [:]
        let required = schema["required"]?.arrayValue?.compactMap(\.stringValue)
        var result = JSONObject()
        for name in required ?? properties.keys {
            result[name] = instance(of: properties[name] ?? [:], name: name, depth: depth + 1)
        }
        return .object(result)
    }

    /// One element, or as many as `minItems` asks for.
    private func array(_ schema: JSONValue, name: String, depth: Int) -> JSONValue {
        let first = schema["prefixItems"]?.arrayValue ?? []
        let most = schema["maxItems"]?.intValue ?? Int.max
        let wanted = min(max(schema["minItems"]?.intValue ?? 1, first.count), most, 1_000)
        return .array(
            (0..<max(0, wanted)).map { index in
                let item = index < first.count ? first[index] : schema["items"] ?? [:]
                let name = index == 0 ? name : "\(name) \(index + 1)"
                return instance(of: item, name: name, depth: depth + 1)
            })
    }

    /// The smallest allowed number from 1 up, else the largest below.
    private func number(_ schema: JSONValue) -> JSONValue {
        let integer = type(of: schema) == "integer"
        let step = schema["multipleOf"]?.doubleValue ?? (integer ? 1 : 0)
        var least = schema["minimum"]?.doubleValue ?? -Double.greatestFiniteMagnitude
        if let bound = schema["exclusiveMinimum"]?.doubleValue {
            least = max(least, integer ? bound.rounded(.down) + 1 : bound + 0.5)
        }
        var most = schema["maximum"]?.doubleValue ?? Double.greatestFiniteMagnitude
        if let bound = schema["exclusiveMaximum"]?.doubleValue {
            most = min(most, integer ? bound.rounded(.up) - 1 : bound - 0.5)
        }
        var value = min(max(1, least), most)
        if least.isFinite, most.isFinite, !integer, least > most { value = (least + most) / 2 }
        if step > 0 {
            let up = (value / step).rounded(.up) * step
            value = up <= most ? up : (most / step).rounded(.down) * step
        }
        if value == value.rounded(), abs(value) < 1e15 { return JSONValue(Int(value)) }
        return JSONValue(value)
    }
}
