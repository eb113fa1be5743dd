/// Why a schema cannot be used.
public struct JSONSchemaError: Error, Hashable, CustomStringConvertible {
    /// The kinds of fault.
    public enum Code: String, Sendable {
        /// The schema is neither an object nor a boolean.
        case notASchema = "not a schema"
        /// A keyword has a value of the wrong type.
        case invalidKeyword = "invalid keyword"
        /// A regular expression that cannot be compiled.
        case invalidPattern = "invalid pattern"
        /// A reference to nothing that the schema, the resources or the specification hold.
        case unresolvedReference = "unresolved reference"
        /// A metaschema requires a vocabulary that is not known here.
        case unknownVocabulary = "unknown vocabulary"
        /// More subschemas than are taken.
        case tooLarge = "schema too large"
    }

    /// The kind of fault.
    public let code: Code
    /// The keyword or subschema at fault: the resource's URI, where it has one, and a JSON Pointer
    /// as the fragment.
    public let pointer: String
    /// What is wrong with it.
    public let message: String

    /// An error at a place in a schema.
    public init(code: Code, pointer: String, message: String) {
        self.code = code
        self.pointer = pointer
        self.message = message
    }

    public var description: String { "\(code.rawValue) at \(pointer): \(message)" }
}
