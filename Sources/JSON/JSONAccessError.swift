/// A value that is not what its reader expected. The description holds types and the path, no content.
public struct JSONAccessError: Error, Hashable, CustomStringConvertible {
    /// Where the value stands, keys and indexes joined by dots; empty at the root.
    public let path: String
    /// The type expected.
    public let expected: String
    /// The type found, or `nothing`.
    public let found: String

    /// An error at a path.
    public init(path: String, expected: String, found: String) {
        self.path = path
        self.expected = expected
        self.found = found
    }

    public var description: String {
        "\(path.isEmpty ? "root" : path): expected \(expected), found \(found)"
    }
}
