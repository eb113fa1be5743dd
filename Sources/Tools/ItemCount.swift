import JSON

/// Counts what an answer returned: the only fact about a result that the records keep.
enum ItemCount {
    /// The members that hold an answer's list, the first one that is an array counts.
    private static let listNames = ["emails", "contacts", "events", "items", "results"]

    /// An array counts its elements, an object its list or else 1, any other value 1; null and
    /// everything empty counts 0.
    static func of(_ data: JSONValue) -> Int {
        switch data {
        case .null: return 0
        case .array(let elements): return elements.count
        case .string(let text): return text.isEmpty ? 0 : 1
        case .object(let object):
            for name in listNames {
                if let list = object[name]?.arrayValue { return list.count }
            }
            return object.isEmpty ? 0 : 1
        case .bool, .number: return 1
        }
    }
}
