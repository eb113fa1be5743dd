import JSON

/// The parameters that the placeholders of a request may name.
struct TemplateScope {
    let parameters: JSONValue

    /// Whether the schema declares the path's first part.
    func isDeclared(_ path: ArgumentPath) -> Bool {
        parameters["properties"]?[path.keys[0]] != nil
    }

    /// Whether every call has a value there: required, or with a default.
    func isRequired(_ path: ArgumentPath) -> Bool {
        let name = path.keys[0]
        return parameters["required"]?.arrayValue?.contains(.string(name)) ?? false
            || parameters["properties"]?[name]?["default"] != nil
    }
}
