import JSON
import JSONSchema
import Journal

/// Regular expressions of conditions: ECMA-262's dialect, as JSON Schema's `pattern` has it, whose
/// matcher works within a budget of steps, so that no pattern of a workflow can stall the worker.
struct PatternMatch {
    /// The longest pattern, in bytes of UTF-8.
    private static let maxPatternBytes = 1000

    private let schema: JSONSchema

    init(_ pattern: String) throws(RunFailure) {
        guard pattern.utf8.count <= Self.maxPatternBytes else {
            throw .workflow(
                .condition,
                "a regular expression has at most \(Self.maxPatternBytes) bytes")
        }
        do {
            schema = try JSONSchema(["pattern": .string(pattern)])
        } catch {
            // Not quoted: a pattern may come from the run's data.
            throw .workflow(.condition, "the value of \"matches\" is not a regular expression")
        }
    }

    /// Whether the pattern matches anywhere in the text; false as well when finding out costs more
    /// steps than the matcher's budget.
    func matches(_ text: String) -> Bool {
        schema.validate(.string(text)).isEmpty
    }
}
