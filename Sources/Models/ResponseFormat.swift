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
}
