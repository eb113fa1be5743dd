import JSON
import Postgres

/// An end other than success: what to say and the exit code.
struct Failure: Error {
    var message: String
    var exitCode: Int32

    static let usage: Int32 = 2
    static let unreachable: Int32 = 69
    static let timedOut: Int32 = 75
    static let configuration: Int32 = 78
    static let notMigrated = configuration

    init(_ message: String, exitCode: Int32 = Failure.usage) {
        self.message = message
        self.exitCode = exitCode
    }

    /// nil for errors that ArgumentParser describes itself.
    static func of(_ error: any Error) -> Failure? {
        switch error {
        case let failure as Failure: failure
        case let error as PostgresError: of(error)
        default: nil
        }
    }

    private static func of(_ error: PostgresError) -> Failure {
        if error.outcomeUnknown {
            return Failure(
                "the connection was lost before the answer came, so it may have been done: look with "
                    + "`agent-enqueue list`, or repeat with --unique-key (\(error.message))",
                exitCode: unreachable)
        }
        switch error.code {
        case .connection, .closed, .deadline:
            return Failure("cannot reach the database: \(error.message)", exitCode: unreachable)
        case .server("25006"):
            return Failure(
                "the server is a standby: add target_session_attrs=read-write",
                exitCode: unreachable)
        case .server("42501"):
            return Failure("not permitted: \(error.message)", exitCode: notMigrated)
        case .server("42P01"), .server("42883"):
            return Failure(
                "the database is not migrated (\(error.message)): run `agent-worker migrate`",
                exitCode: notMigrated)
        case .server(let state) where state.hasPrefix("23") || state.hasPrefix("22"):
            // Constraints are named with sentences; the server's own adds only the table.
            let row =
                error.copyRow.map { "job \($0) of the file (blank lines not counted): " } ?? ""
            let said = row + (error.constraint ?? error.message)
            return Failure("refused: \(said)\(error.hint.map { "; \($0)" } ?? "")")
        case .server(let state) where state.hasPrefix("57P") || state.hasPrefix("53"):
            return Failure("the database refuses: \(error.message)", exitCode: unreachable)
        default:
            return Failure("\(error)", exitCode: 1)
        }
    }
}
