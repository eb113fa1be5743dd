import JSON
import JSONSchema
import Journal
import Models

/// What an agent's answer is to be: a text, or JSON that fits the JSON Schema in its `output_schema`.
/// (An array there describes parts of a text; see `OutputInstructions`.)
struct AnswerForm {
    private let schema: JSONValue?
    private let compiled: JSONSchema?

    static let text = AnswerForm()

    private init() {
        schema = nil
        compiled = nil
    }

    /// Throws an `invalid_payload` failure when the schema is none.
    init(_ outputSchema: JSONValue?) throws(RunFailure) {
        guard let outputSchema, outputSchema.objectValue != nil else {
            self = .text
            return
        }
        schema = outputSchema
        do {
            compiled = try JSONSchema(outputSchema)
        } catch {
            throw .invalid("AGENT_INVALID", "agents.output_schema is no JSON Schema: \(error)")
        }
    }

    /// In the provider's strict mode where the schema allows it.
    var responseFormat: ResponseFormat {
        schema.map { .structured(name: "answer", schema: $0) } ?? .text
    }

    /// A text that is not the JSON that was asked for.
    struct Fault: Error {
        /// For the model: each error with its place. May quote the answer.
        var words: String
        /// For the records: how many there are.
        var count: Int
    }

    /// The answer in a reply's text. An answer without a word says that the task is done.
    func answer(in text: String?) throws(Fault) -> JSONValue {
        guard let schema, let compiled else {
            guard let text, !text.isEmpty else { return "Task completed successfully." }
            return .string(text)
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text ?? "")
        } catch {
            throw Fault(words: "it is not JSON: \(error.description)", count: 1)
        }
        let answer = Self.withoutPlaceholders(value, schema)
        let errors = compiled.validate(answer)
        guard errors.isEmpty else {
            let lines = errors.prefix(20).map { "\($0.instancePath): \($0.message)" }
            throw Fault(words: lines.joined(separator: "\n"), count: errors.count)
        }
        return answer
    }

    /// Strict mode has a null in place of a property that may be left out; so it is left out.
    private static func withoutPlaceholders(_ value: JSONValue, _ schema: JSONValue) -> JSONValue {
        if let elements = value.arrayValue, let items = schema["items"] {
            return .array(elements.map { withoutPlaceholders($0, items) })
        }
        guard let object = value.objectValue, let properties = schema["properties"] else {
            return value
        }
        let required = schema["required"]?.arrayValue ?? []
        var kept = JSONObject()
        for (name, member) in object {
            guard let property = properties[name] else {
                kept[name] = member
                continue
            }
            if member.isNull, !required.contains(.string(name)), !allowsNull(property) { continue }
            kept[name] = withoutPlaceholders(member, property)
        }
        return .object(kept)
    }

    private static func allowsNull(_ schema: JSONValue) -> Bool {
        (try? JSONSchema(schema))?.isValid(.null) ?? true
    }
}
