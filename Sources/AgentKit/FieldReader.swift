import FoundationEssentials
import JSON
import Journal

/// Reads the fields of a row or a payload; each fault is an `invalid_payload` failure that names
/// the field. JSON null counts as absent, as an SQL NULL does.
struct FieldReader {
    private let object: JSONValue
    private let path: String
    private let code: String

    init(_ object: JSONValue, path: String, code: String) {
        self.object = object
        self.path = path
        self.code = code
    }

    func value(_ key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    func required<Value>(_ key: String, _ value: Value?) throws(RunFailure) -> Value {
        guard let value else { throw .invalid(code, "\(path).\(key) is missing") }
        return value
    }

    func string(_ key: String) throws(RunFailure) -> String? {
        guard let value = value(key) else { return nil }
        guard let string = value.stringValue else { throw fault(key, "a string", value) }
        return string
    }

    func bool(_ key: String) throws(RunFailure) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let bool = value.boolValue else { throw fault(key, "a boolean", value) }
        return bool
    }

    func uuid(_ key: String) throws(RunFailure) -> UUID {
        let text = try required(key, string(key))
        guard let uuid = UUID(uuidString: text) else {
            throw .invalid(code, "\(path).\(key) must be a UUID")
        }
        return uuid
    }

    func object(_ key: String) throws(RunFailure) -> JSONObject? {
        guard let value = value(key) else { return nil }
        guard let object = value.objectValue else { throw fault(key, "an object", value) }
        return object
    }

    func strings(_ key: String) throws(RunFailure) -> [String] {
        guard let value = value(key) else { return [] }
        guard let array = value.arrayValue else {
            throw fault(key, "an array of strings", value)
        }
        var strings: [String] = []
        for (index, element) in array.enumerated() {
            guard let string = element.stringValue else {
                throw fault("\(key)[\(index)]", "a string", element)
            }
            strings.append(string)
        }
        return strings
    }

    private func fault(_ key: String, _ expected: String, _ found: JSONValue) -> RunFailure {
        .invalid(code, "\(path).\(key) must be \(expected), not \(found.typeName)")
    }
}
