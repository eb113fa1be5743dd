import JSON

/// The form a reply's text must have.
public enum ResponseFormat: Sendable, Hashable {
    /// Free text.
    case text
    /// Any JSON object. The providers demand the word "JSON" in the messages.
    case jsonObject
    /// JSON that fits a schema. `name` is at most 64 characters of letters, digits, `_` and `-`.
    ///
    /// Never a guarantee: a refusal, a filtered or a cut reply does not fit, so the caller
    /// validates the text itself.
    case jsonSchema(name: String, schema: JSONValue, strict: Bool)

    /// JSON that fits a schema as its author wrote it: in strict mode when the schema can be brought
    /// into the subset for it, else as it is. The name is made fit for the providers.
    public static func structured(name: String, schema: JSONValue) -> ResponseFormat {
        let strict = StructuredOutputSchema(schema).prepared()
        return .jsonSchema(
            name: schemaName(name), schema: strict ?? schema, strict: strict != nil)
    }

    private static func schemaName(_ text: String) -> String {
        let fit = text.unicodeScalars.prefix(64).map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-": Character(scalar)
            default: "_"
            }
        }
        return fit.isEmpty ? "reply" : String(fit)
    }
}
