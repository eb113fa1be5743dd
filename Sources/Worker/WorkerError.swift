/// Why a worker could not start although its settings are well-formed.
public enum WorkerError: Error, CustomStringConvertible {
    /// The database lacks these migrations.
    case notMigrated([String])

    public var description: String {
        switch self {
        case .notMigrated(let names):
            "the database lacks migrations (\(names.joined(separator: ", "))): run `agent-worker migrate`"
        }
    }
}
