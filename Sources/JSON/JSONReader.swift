/// Typed access to a value; each error names the path at which the value is not what was expected.
public struct JSONReader: Sendable {
    /// The value read.
    public let value: JSONValue
    /// Where it stands, keys and indexes joined by dots; empty at the root.
    public let path: String

    /// A reader of a value found at `path`.
    public init(_ value: JSONValue, path: String = "") {
        self.value = value
        self.path = path
    }

    /// A reader of the member `key`, which must be present (it may be null).
    public func required(_ key: String) throws(JSONAccessError) -> JSONReader {
        guard let member = try object()[key] else {
            throw JSONAccessError(path: child(key), expected: "a value", found: "nothing")
        }
        return JSONReader(member, path: child(key))
    }

    /// A reader of the member `key`; nil when it is absent or null, or this is not an object.
    public func optional(_ key: String) -> JSONReader? {
        guard let member = value[key], !member.isNull else { return nil }
        return JSONReader(member, path: child(key))
    }

    /// The string.
    public func string() throws(JSONAccessError) -> String {
        try cast(value.stringValue, "string")
    }

    /// The integral number; `1.0` counts.
    public func int() throws(JSONAccessError) -> Int {
        try cast(value.intValue, "integer")
    }

    /// The number.
    public func double() throws(JSONAccessError) -> Double {
        try cast(value.doubleValue, "number")
    }

    /// The boolean.
    public func bool() throws(JSONAccessError) -> Bool {
        try cast(value.boolValue, "boolean")
    }

    /// Readers of the elements.
    public func array() throws(JSONAccessError) -> [JSONReader] {
        let elements = try cast(value.arrayValue, "array")
        return elements.enumerated().map { JSONReader($1, path: child(String($0))) }
    }

    /// The members.
    public func object() throws(JSONAccessError) -> JSONObject {
        try cast(value.objectValue, "object")
    }

    private func child(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private func cast<T>(_ result: T?, _ expected: String) throws(JSONAccessError) -> T {
        guard let result else {
            throw JSONAccessError(path: path, expected: expected, found: value.typeName)
        }
        return result
    }
}
