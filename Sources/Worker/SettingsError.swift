/// The settings cannot be used; every fault is named.
public struct SettingsError: Error, CustomStringConvertible {
    /// One line per fault.
    public let faults: [String]

    public init(faults: [String]) {
        self.faults = faults
    }

    public var description: String { faults.joined(separator: "\n") }
}
