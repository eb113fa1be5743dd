/// The agent schema or the skills catalogue cannot be used; every fault is named.
public struct GenerationDataError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file, or the name of the built-in one.
    public var source: String
    /// One line each.
    public var faults: [String]

    public init(source: String, faults: [String]) {
        self.source = source
        self.faults = faults
    }

    public var description: String { "\(source): \(faults.joined(separator: "; "))" }
}
