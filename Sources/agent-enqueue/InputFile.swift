import FoundationEssentials
import JSON

/// Files a user names.
enum InputFile {
    /// A file that holds a JSON object; the failure names the option.
    static func object(_ path: String, option: String) throws -> JSONValue {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure("\(option) \(path): cannot be read; name a readable file")
        }
        do {
            let value = try JSONValue(parsing: Array(data))
            guard value.objectValue != nil else {
                throw Failure("\(option) \(path): must hold a JSON object, not \(value.typeName)")
            }
            return value
        } catch let error as JSONParseError {
            throw Failure("\(option) \(path): is not JSON: \(error)")
        }
    }
}
