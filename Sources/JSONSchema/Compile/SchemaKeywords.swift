import JSON

/// Which keywords hold subschemas, and how.
enum SchemaKeywords {
    private static let single: Set<String> = [
        "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
        "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
    ]
    private static let lists: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let maps: Set<String> = [
        "$defs", "definitions", "dependentSchemas", "patternProperties", "properties",
    ]

    /// The direct subschemas of a schema, as places of its resource.
    static func subschemas(of place: SchemaPlace) -> [SchemaPlace] {
        guard let members = place.value.objectValue else { return [] }
        var result: [SchemaPlace] = []
        func add(_ value: JSONValue, _ path: String) {
            result.append(
                SchemaPlace(
                    value: value, resource: place.resource, pointer: "\(place.pointer)/\(path)"))
        }
        for (key, value) in members {
            if single.contains(key) {
                add(value, key)
            } else if lists.contains(key) {
                for (position, element) in (value.arrayValue ?? []).enumerated() {
                    add(element, "\(key)/\(position)")
                }
            } else if maps.contains(key) {
                for (name, member) in value.objectValue ?? [:] {
                    add(member, "\(key)/\(JSONPointer.escaped(name))")
                }
            }
        }
        return result
    }
}
