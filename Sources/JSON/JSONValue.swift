/// Any JSON document or part of one, without loss: the text of numbers and the order of keys are kept.
///
/// `==` and hashing follow JSON's meaning: numbers compare by value (`1.0 == 1`), objects regardless
/// of key order, strings by their code points (Swift's own `==` equates canonically equivalent texts,
/// which neither jsonb nor JSON Schema does).
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue: Hashable {
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value):
            hasher.combine(1)
            hasher.combine(value)
        case .number(let value):
            hasher.combine(2)
            hasher.combine(value)
        case .string(let value):
            hasher.combine(3)
            value.hashBytes(into: &hasher)
        case .array(let value):
            hasher.combine(4)
            hasher.combine(value)
        case .object(let value):
            hasher.combine(5)
            hasher.combine(value)
        }
    }
}

extension JSONValue {
    /// The number with this value.
    public init(_ int: Int) { self = .number(JSONNumber(int)) }

    /// The number with this value; `null` for a NaN or an infinity, which JSON cannot express.
    public init(_ double: Double) {
        self = JSONNumber(double).map { .number($0) } ?? .null
    }
}
