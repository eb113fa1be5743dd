import JSON

/// The errors of the tries that failed, as they are recorded.
struct TryHistory {
    private(set) var attempts: [(number: Int, errors: [String])] = []

    mutating func add(try number: Int, _ errors: [String]) {
        attempts.append((number, errors))
    }

    /// The tries that failed.
    var count: Int { attempts.count }

    /// The errors of the last one.
    var lastErrors: [String] { attempts.last?.errors ?? [] }

    /// `{"errors":[…],"attempts":[{"n":1,"errors":[…]}]}`; nil when no try failed.
    var json: JSONValue? {
        guard !attempts.isEmpty else { return nil }
        return [
            "errors": Self.list(lastErrors),
            "attempts": .array(
                attempts.map { ["n": JSONValue($0.number), "errors": Self.list($0.errors)] }),
        ]
    }

    private static func list(_ texts: [String]) -> JSONValue {
        .array(texts.map { .string($0) })
    }
}
