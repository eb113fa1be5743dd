import JSON

/// An argument that is repeated in a header `Mcp-Param-…`, because its schema says `x-mcp-header`
/// (2026-07-28, streamable HTTP).
struct ParameterHeader: Sendable, Hashable {
    private static let annotation = "x-mcp-header"

    /// Keys of `properties` from the root.
    let path: [String]
    /// What follows `Mcp-Param-`.
    let name: String

    /// Every annotation of a schema; nil when one breaks the rules: such a tool must not be used.
    static func all(in schema: JSONValue) -> [ParameterHeader]? {
        var found: [ParameterHeader] = []
        collect(schema, path: [], into: &found)
        let names = Set(found.map { $0.name.lowercased() })
        let isValid =
            names.count == found.count && found.allSatisfy { HeaderName.isValid($0.name) }
            // One that is not below `properties` only was not collected.
            && count(in: schema) == found.count
        return isValid ? found : nil
    }

    /// The value as the header has it; nil when there is none.
    func value(in arguments: JSONValue) -> String? {
        switch path.reduce(arguments as JSONValue?, { $0?[$1] }) {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let bool): bool ? "true" : "false"
        default: nil
        }
    }

    private static func collect(
        _ schema: JSONValue, path: [String], into found: inout [ParameterHeader]
    ) {
        for (key, property) in schema["properties"]?.objectValue ?? [:] {
            let path = path + [key]
            let type = property["type"]?.stringValue ?? ""
            if let name = property[annotation]?.stringValue,
                ["string", "integer", "boolean"].contains(type)
            {
                found.append(ParameterHeader(path: path, name: name))
            }
            collect(property, path: path, into: &found)
        }
    }

    /// The annotations anywhere. Data such as a default may hold the same key: a tool like that is
    /// refused rather than misread.
    private static func count(in value: JSONValue) -> Int {
        switch value {
        case .array(let elements):
            elements.reduce(0) { $0 + count(in: $1) }
        case .object(let members):
            members.reduce(0) { sum, member in
                sum + count(in: member.value)
                    + (member.key == annotation ? 1 : 0)
            }
        default: 0
        }
    }
}
