import JSON
import Journal

/// What a step does instead when it has failed and its retries are spent:
/// `{"plugin", "action", "params"?}` or `{"value": …}`.
enum Fallback: Sendable, Hashable {
    case action(ActionReference)
    /// Becomes the step's data.
    case value(JSONValue)

    /// Reads one, or a list of them, tried in their order.
    static func list(_ json: JSONValue) throws(RunFailure) -> [Fallback] {
        guard let elements = json.arrayValue else { return [try Fallback(json, "fallback")] }
        var fallbacks: [Fallback] = []
        for (index, element) in elements.enumerated() {
            fallbacks.append(try Fallback(element, "fallback[\(index)]"))
        }
        return fallbacks
    }

    private init(_ json: JSONValue, _ field: String) throws(RunFailure) {
        if let value = json.objectValue?["value"] {
            self = .value(value)
        } else {
            self = .action(try ActionReference(json, field: field))
        }
    }

    /// The value whose strings are templates.
    var texts: JSONValue {
        switch self {
        case .action(let action): action.params
        case .value(let value): value
        }
    }

    var action: ActionReference? {
        if case .action(let action) = self { action } else { nil }
    }
}
