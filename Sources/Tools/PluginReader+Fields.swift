import JSON

extension PluginReader {
    /// An object that must be there.
    mutating func object(_ value: JSONValue?, _ field: String) -> JSONObject? {
        guard let object = value?.objectValue else {
            fault(field, value == nil ? "is missing" : "must be an object")
            return nil
        }
        return object
    }

    /// A string that must be there and not be empty.
    mutating func string(_ value: JSONValue?, _ field: String) -> String? {
        guard let text = value?.stringValue, !text.isEmpty else {
            fault(field, value == nil ? "is missing" : "must be a string that is not empty")
            return nil
        }
        return text
    }

    /// A string that may be absent or null.
    mutating func optionalString(_ value: JSONValue?, _ field: String) -> String? {
        guard let value, !value.isNull else { return nil }
        if value.stringValue == nil { fault(field, "must be a string") }
        return value.stringValue
    }

    /// What providers allow in the names of functions.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
