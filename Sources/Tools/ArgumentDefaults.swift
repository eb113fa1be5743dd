import JSON

/// Fills in what a model left out because the schema names a default for it.
enum ArgumentDefaults {
    /// Only members at the root; no arguments at all (null) count as an empty object.
    static func fill(_ arguments: JSONValue, schema: JSONValue) -> JSONValue {
        var filled: JSONValue = arguments.isNull ? [:] : arguments
        guard let object = filled.objectValue, let properties = schema["properties"]?.objectValue
        else { return filled }
        for (name, property) in properties where !object.contains(key: name) {
            if let value = property["default"] { filled[name] = value }
        }
        return filled
    }
}
