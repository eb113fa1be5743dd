import Postgres

/// A database of one measurement.
struct BenchDatabase: Sendable {
    let name: String
    let url: String
    let connection: PostgresConnection
    let server: BenchServer

    /// Runs statements that answer nothing of interest.
    func run(_ script: String) async throws(PostgresError) {
        try await connection.execute(script: script)
    }

    func number(_ expression: String) async throws(PostgresError) -> Double {
        try await connection.number(expression)
    }

    /// Asks until a condition holds.
    func wait(until condition: String, within limit: Duration = .seconds(600)) async throws {
        let deadline = ContinuousClock.now + limit
        while try await number("(\(condition))::int") == 0 {
            guard ContinuousClock.now < deadline else {
                throw BenchError("not within \(limit): \(condition)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// As after a quiet night: hint bits set, statistics there, nothing left to write but what is
    /// measured.
    func settle() async throws(PostgresError) {
        try await run("VACUUM (ANALYZE)")
        try await run("CHECKPOINT")
    }

    /// Counts the statements of the sessions that connect from now on in `pg_stat_statements`.
    func countStatements() async throws {
        let loaded = try await number(
            "(current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%')::int")
        guard loaded == 1 else {
            throw BenchError("the server must preload pg_stat_statements; deploy/bench does so")
        }
        try await run("CREATE EXTENSION pg_stat_statements")
        try await run("ALTER DATABASE \(name) SET pg_stat_statements.track = 'top'")
    }

    func drop() async {
        await connection.close()
        try? await server.admin.execute(script: "DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }
}
