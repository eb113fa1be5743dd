import FoundationEssentials
import JSON

/// A parameter value. Each case but `text` and `null` travels in binary under its PostgreSQL type.
public enum PostgresParameter: Sendable {
    /// NULL of whatever type the statement expects there.
    case null
    case bool(Bool)
    /// int2
    case int16(Int16)
    /// int4
    case int32(Int32)
    /// int8
    case int64(Int64)
    /// float8
    case double(Double)
    /// Text of whatever type the statement expects there: text, varchar, an enum, numeric,
    /// interval. NUL characters are refused with SQLSTATE 22021, as the server would.
    case text(String)
    case uuid(UUID)
    /// jsonb; the caller has made it storable (`JSONValue.storable()`).
    case json(JSONValue)
    /// timestamptz, to the microsecond; beyond its range: infinity.
    case date(Date)
    /// bytea
    case bytes([UInt8])
    /// text[]
    case textArray([String])
    /// text[] with NULLs
    case optionalTextArray([String?])
    /// bool[]
    case boolArray([Bool])
    /// int8[]
    case int64Array([Int64])
    /// float8[]
    case doubleArray([Double])
    /// timestamptz[]
    case dateArray([Date])
    /// uuid[]
    case uuidArray([UUID])
    /// jsonb[]
    case jsonArray([JSONValue])

    /// The value wrapped by `wrap`, or NULL: `.orNull(userID, PostgresParameter.text)`.
    public static func orNull<Value>(
        _ value: Value?, _ wrap: (Value) -> PostgresParameter
    ) -> PostgresParameter {
        value.map(wrap) ?? .null
    }

    var isNull: Bool {
        if case .null = self { true } else { false }
    }
}
