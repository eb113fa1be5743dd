/// One reason why an instance does not conform to a schema.
public struct ValidationError: Sendable, Hashable, CustomStringConvertible {
    /// The keyword that failed, such as `required`; empty for a schema that is `false`, and `$ref` when
    /// validation was given up.
    public let keyword: String
    /// The failing value, keys and indexes joined by dots (`autonomous.0.name`); `root` for the whole.
    public let instancePath: String
    /// The failing value as a JSON Pointer (RFC 6901); empty for the whole.
    public let instancePointer: String
    /// The failing keyword: its resource's URI, where it has one, and a JSON Pointer as the fragment.
    public let schemaPointer: String
    /// The sentence for people and models.
    public let message: String

    /// A failure of `keyword`.
    public init(
        keyword: String, instancePath: String, instancePointer: String, schemaPointer: String,
        message: String
    ) {
        self.keyword = keyword
        self.instancePath = instancePath
        self.instancePointer = instancePointer
        self.schemaPointer = schemaPointer
        self.message = message
    }

    public var description: String { message }
}
