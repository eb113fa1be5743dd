import JSON

/// Counts what providers limit in a schema for structured output.
struct StructuredOutputSize {
    private var properties = 0
    private var values = 0
    private var characters = 0
    private var depth = 0

    init(of schema: JSONValue) {
        count(schema, level: 1)
    }

    var isAllowed: Bool {
        properties <= 5_000 && values <= 1_000 && characters <= 120_000 && depth <= 10
    }

    private mutating func count(_ schema: JSONValue, level: Int) {
        depth = max(depth, level)
        for (name, member) in schema["properties"]?.objectValue ?? [:] {
            properties += 1
            characters += name.unicodeScalars.count
            count(member, level: level + 1)
        }
        for (name, definition) in schema["$defs"]?.objectValue ?? [:] {
            characters += name.unicodeScalars.count
            count(definition, level: level + 1)
        }
        for value in schema["enum"]?.arrayValue ?? [] {
            values += 1
            characters += value.stringValue?.unicodeScalars.count ?? 0
        }
        for branch in schema["anyOf"]?.arrayValue ?? [] { count(branch, level: level) }
        if let items = schema["items"] { count(items, level: level) }
    }
}
