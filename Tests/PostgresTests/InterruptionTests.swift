import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Postgres

@Suite("deadline and cancellation", .timeLimit(.minutes(2)))
struct InterruptionTests {
    static let database = SuiteDatabase()

    private func connect() async throws -> PostgresConnection {
        try await Self.database.get().connect()
    }

    /// Runs `body`, expecting a PostgresError.
    private func failure(_ body: () async throws -> Void) async throws -> PostgresError {
        try #require(await #expect(throws: PostgresError.self) { try await body() })
    }

    private func expectUsable(_ connection: PostgresConnection) async throws {
        for number in 0..<3 {
            let rows = try await connection.query("SELECT $1::int AS n", [.int32(Int32(number))])
            #expect(try rows[0].decode("n") == number)
        }
    }

    @Test("a statement past its deadline is cancelled at the server; the connection stays usable")
    func deadline() async throws {
        let connection = try await connect()
        let error = try await failure {
            // A statement that only its deadline ends.
            try await connection.query("SELECT pg_sleep(30)", deadline: .milliseconds(200))
        }
        #expect(error.code == .deadline)
        #expect(!error.outcomeUnknown)
        #expect(error.isTransient)
        try await expectUsable(connection)
    }

    @Test("a cancelled task's statement is cancelled at the server; the connection stays usable")
    func cancellation() async throws {
        let (connection, other) = (try await connect(), try await connect())
        let pid: Int32 = try await connection.query("SELECT pg_backend_pid() AS p")[0].decode("p")
        let task = Task { try await connection.query("SELECT pg_sleep(30)") }
        try await eventually("pg_sleep to run") {
            try await !other.query(
                "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
                [.int32(pid)]
            ).isEmpty
        }
        task.cancel()
        let error = try await failure { _ = try await task.value }
        #expect(error.code == .cancelled)
        #expect(!error.isTransient)
        try await expectUsable(connection)
    }

    @Test("a task cancelled before it calls sends nothing")
    func cancelledBefore() async throws {
        let connection = try await connect()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await connection.query("CREATE TABLE never (a int)")
        }
        task.cancel()
        let error = try await failure { _ = try await task.value }
        #expect(error.code == .cancelled)
        #expect(try await connection.query("SELECT FROM pg_class WHERE relname = 'never'").isEmpty)
    }

    @Test("who waits for the connection can be cancelled or give up, and the others still get it")
    func waiting() async throws {
        let connection = try await connect()
        let running = Task { try await connection.query("SELECT pg_sleep(30)") }
        try await eventually("the connection to be busy") { await connection.turnIsTaken }
        let cancelled = Task { try await connection.query("SELECT 1 AS n") }
        let late = Task { try await connection.query("SELECT 2 AS n", deadline: .milliseconds(50)) }
        let patient = Task { try await connection.query("SELECT 3 AS n") }
        cancelled.cancel()
        #expect(try await failure { _ = try await cancelled.value }.code == .cancelled)
        #expect(try await failure { _ = try await late.value }.code == .deadline)
        running.cancel()
        #expect(try await failure { _ = try await running.value }.code == .cancelled)
        #expect(try await patient.value[0].decode("n") == 3)
    }

    @Test("deadlines that race with the end of a statement never hit the next one")
    func race() async throws {
        let connection = try await connect()
        var (completed, cancelled) = (0, 0)
        for round in 0..<120 {
            do throws(PostgresError) {
                let rows = try await connection.query(
                    "SELECT $1::int AS n, pg_sleep(0.003)", [.int32(Int32(round))],
                    deadline: .microseconds(2000 + 25 * (round % 60)))
                #expect(try rows[0].decode("n") == round)
                completed += 1
            } catch {
                #expect(error.code == .deadline)
                cancelled += 1
            }
            let rows = try await connection.query("SELECT $1::int AS n", [.int32(Int32(-round))])
            #expect(try rows[0].decode("n") == -round)
        }
        #expect(completed + cancelled == 120)
    }

    @Test("a cancelled pipeline leaves nothing behind")
    func pipeline() async throws {
        let connection = try await connect()
        try await connection.execute(script: "CREATE TABLE kept (a int)")
        let error = try await failure {
            try await connection.pipeline(
                [
                    PostgresCommand("INSERT INTO kept VALUES (1)"),
                    PostgresCommand("SELECT pg_sleep(30)"),
                    PostgresCommand("INSERT INTO kept VALUES (2)"),
                ], deadline: .milliseconds(200))
        }
        #expect(error.code == .deadline)
        #expect(try await connection.query("SELECT * FROM kept").isEmpty)
    }

    @Test("a server that does not answer a cancel request is given up, the outcome unknown")
    func silentServer() async throws {
        let (connection, other) = (try await connect(), try await connect())
        let pid: Int32 = try await connection.query("SELECT pg_backend_pid() AS p")[0].decode("p")
        // A stopped backend stands for a partition; only root may stop another user's process.
        guard kill(pid, SIGSTOP) == 0 else { return print("skipped: cannot stop a backend") }
        defer { kill(pid, SIGCONT) }
        let error = try await failure {
            try await connection.query("SELECT 1", deadline: .milliseconds(100))
        }
        #expect(error.code == .deadline)
        #expect(error.outcomeUnknown)
        #expect(!connection.isUsable)
        _ = other
    }

    @Test("the server's own statement timeout is a transient error")
    func statementTimeout() async throws {
        let connection = try await connect()
        try await connection.query("SELECT set_config('statement_timeout', '50ms', false)")
        let error = try await failure { try await connection.query("SELECT pg_sleep(30)") }
        #expect(error.sqlState == "57014")
        #expect(error.isTransient)
    }

    @Test("a commit whose wait for a standby was cancelled is reported as of unknown outcome")
    func unconfirmedCommit() async throws {
        let (connection, admin) = (try await connect(), try await connect())
        let off: String = try await admin.query(
            "SELECT current_setting('synchronous_commit') AS s")[0]
            .decode("s")
        guard off == "off" else { return print("skipped: other sessions would wait, too") }
        try await connection.execute(script: "CREATE TABLE durable (a int)")
        try await admin.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try await admin.query("SELECT pg_reload_conf()")
        try await eventually("the setting") {
            try await admin.query("SELECT current_setting('synchronous_standby_names') AS s")[0]
                .decode("s") == "nobody"
        }
        try await connection.query("SELECT set_config('synchronous_commit', 'on', false)")
        // The checkpointer makes the setting effective some time later.
        var error: PostgresError?
        try await eventually("a commit that waits for its standby") {
            do throws(PostgresError) {
                try await connection.query(
                    "INSERT INTO durable VALUES (1)", deadline: .milliseconds(300))
            } catch let failure {
                error = failure
            }
            return error != nil
        }
        try await admin.query("ALTER SYSTEM RESET synchronous_standby_names")
        try await admin.query("SELECT pg_reload_conf()")
        #expect(error?.outcomeUnknown == true)
        #expect(error?.code == .deadline)
        #expect(error?.hint?.contains("committed") == true)
    }
}

extension PostgresConnection {
    fileprivate var turnIsTaken: Bool { turns.isTaken }
}
