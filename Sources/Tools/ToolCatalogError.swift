/// Everything that is wrong with a directory of plugin definitions, all at once.
public struct ToolCatalogError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One thing to mend.
    public struct Fault: Sendable, Hashable, CustomStringConvertible {
        /// The file's name, or the directory.
        public let file: String
        /// Keys joined by dots; empty when the whole file is at fault.
        public let field: String
        public let message: String

        public init(file: String, field: String = "", message: String) {
            self.file = file
            self.field = field
            self.message = message
        }

        public var description: String {
            field.isEmpty ? "\(file): \(message)" : "\(file): \(field): \(message)"
        }
    }

    /// In the order of the files' names.
    public let faults: [Fault]

    public init(faults: [Fault]) {
        self.faults = faults
    }

    /// A line for each fault.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
