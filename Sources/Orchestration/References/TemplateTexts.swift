import JSON

/// Finds the references in all strings of a value.
enum TemplateTexts {
    static func references(in values: [JSONValue]) throws(Reference.Fault) -> [Reference] {
        var references: [Reference] = []
        for value in values { try collect(value, into: &references) }
        return references
    }

    private static func collect(
        _ value: JSONValue, into references: inout [Reference]
    ) throws(Reference.Fault) {
        switch value {
        case .string(let text): references += try Template(text).references
        case .array(let elements):
            for element in elements { try collect(element, into: &references) }
        case .object(let object):
            for (_, member) in object { try collect(member, into: &references) }
        case .null, .bool, .number: break
        }
    }
}
