import ArgumentParser
import Jobs
import Postgres

extension Exit {
    /// Runs what the database may refuse; its sentence and remedy go to standard error, exit 2.
    static func onRefusal<Value>(
        _ body: (JobQueue) async throws -> Value
    ) async throws -> Value {
        do {
            return try await Database.withConnection { try await body(JobQueue($0)) }
        } catch let error as PostgresError {
            switch error.sqlState {
            case let state?
            where state.hasPrefix("22") || state.hasPrefix("23") || state == "55000":
                // Constraints are named with sentences; the server's own adds only the table.
                let said = error.constraint ?? error.message
                throw nothingToDo("refused: \(said)\(error.hint.map { "; \($0)" } ?? "")")
            case "42P01", "42883":
                throw configuration(
                    "the database is not migrated (\(error.message)): run `agent-worker migrate`")
            default: throw error
            }
        }
    }
}
