import JSON

/// Merges objects level by level; of what is no object the later one wins.
struct DeepMerge {
    /// Whether arrays at the same place become one array.
    let joinsArrays: Bool

    /// Null for no values.
    func value(of values: [JSONValue]) -> JSONValue {
        guard let first = values.first else { return .null }
        return values.dropFirst().reduce(first, merge)
    }

    private func merge(_ left: JSONValue, _ right: JSONValue) -> JSONValue {
        switch (left, right) {
        case (.object(var merged), .object(let members)):
            for (key, member) in members {
                merged[key] = merged[key].map { merge($0, member) } ?? member
            }
            return .object(merged)
        case (.array(let first), .array(let second)) where joinsArrays:
            return .array(first + second)
        default:
            return right
        }
    }

    /// Only the members of the two themselves; of anything but two objects the left one.
    static func shallow(_ left: JSONValue, _ right: JSONValue) -> JSONValue {
        guard case .object(var merged) = left, case .object(let members) = right else {
            return left
        }
        for (key, member) in members { merged[key] = member }
        return .object(merged)
    }
}
