import CLibPQ
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Postgres

@Suite("connection", .timeLimit(.minutes(2)))
struct ConnectionTests {
    static let database = SuiteDatabase()

    private func connect() async throws -> PostgresConnection {
        try await Self.database.get().connect()
    }

    private func backend(_ connection: PostgresConnection) async throws -> Int32 {
        try await connection.query("SELECT pg_backend_pid() AS pid")[0].decode("pid")
    }

    @Test(
        "a server error carries its SQLSTATE, its primary message and the statement's beginning",
        arguments: [
            ("SELECT 1/0", "22012", false, true), ("SELECT * FROM nowhere", "42P01", false, false),
            ("SELECT 'x'::int", "22P02", false, true),
            ("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", "40001", true, false),
            ("DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", "53100", false, false),
        ])
    func serverError(sql: String, sqlState: String, isTransient: Bool, isRejected: Bool)
        async throws
    {
        let connection = try await connect()
        let error = try #require(
            await #expect(throws: PostgresError.self) { try await connection.query(sql) })
        #expect(error.sqlState == sqlState)
        #expect(error.isTransient == isTransient)
        #expect(error.isDataRejected == isRejected)
        #expect(error.isStorageFault == (sqlState == "53100"))
        #expect(!error.outcomeUnknown)
        #expect(error.description.contains(sqlState))
        #expect(error.context.hasPrefix(sql.prefix(10)))
        #expect(connection.isUsable)
    }

    @Test(
        "the detail of an error, which holds data, is not in its description; the constraint is known"
    )
    func noDetail() async throws {
        let connection = try await connect()
        try await connection.execute(
            script: "CREATE TABLE secrets (s text CONSTRAINT one PRIMARY KEY)")
        let insert = "INSERT INTO secrets VALUES ($1)"
        try await connection.query(insert, [.text("hunter2")])
        let error = try #require(
            await #expect(throws: PostgresError.self) {
                try await connection.query(insert, [.text("hunter2")])
            })
        #expect(error.sqlState == "23505")
        #expect(error.constraint == "one")
        #expect(!error.description.contains("hunter2"))
    }

    @Test("calls made at once are answered each with its own rows, in order")
    func concurrentCalls() async throws {
        let connection = try await connect()
        try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for number in 0..<100 {
                group.addTask {
                    let rows = try await connection.query(
                        "SELECT $1::bigint AS n", [.int64(Int64(number))])
                    return (number, try rows[0].decode("n"))
                }
            }
            for try await (sent, received) in group { #expect(sent == received) }
        }
    }

    @Test("every connection plans generically, is named, and speaks UTF-8")
    func settings() async throws {
        var configuration = try await Self.database.get().configuration
        configuration.statementTimeout = .seconds(7)
        configuration.lockTimeout = .milliseconds(1500)
        let connection = try await PostgresConnection.connect(
            configuration, on: TestDatabase.loop)
        let row = try await connection.query(
            """
            SELECT current_setting('plan_cache_mode') AS plan,
                current_setting('application_name') AS name,
                current_setting('client_encoding') AS encoding,
                current_setting('statement_timeout') AS statement,
                current_setting('lock_timeout') AS lock
            """)[0]
        #expect(try row.decode("plan") == "force_generic_plan")
        #expect(try row.decode("name") == "tests")
        #expect(try row.decode("encoding") == "UTF8")
        #expect(try row.decode("statement") == "7s")
        #expect(try row.decode("lock") == "1500ms")
    }

    @Test("a statement is prepared once, the least used are forgotten beyond the limit")
    func statementCache() async throws {
        let connection = try await connect()
        let count = "SELECT count(*) AS n FROM pg_prepared_statements"
        for _ in 0..<5 { try await connection.query("SELECT $1::int AS again", [.int32(1)]) }
        #expect(try await connection.query(count)[0].decode(Int.self, "n") == 2)
        for number in 0..<300 { try await connection.query("SELECT \(number) AS other") }
        let kept = try await connection.query(count)[0].decode(Int.self, "n")
        #expect(kept <= PostgresConnection.preparedStatementLimit)
        #expect(kept > 200)
    }

    @Test("without prepared statements nothing stays at the server")
    func unprepared() async throws {
        var configuration = try await Self.database.get().configuration
        configuration.usesPreparedStatements = false
        let connection = try await PostgresConnection.connect(
            configuration, on: TestDatabase.loop)
        let rows = try await connection.pipeline([
            PostgresCommand("SELECT $1::text AS t", [.text("x")]),
            PostgresCommand("SELECT count(*) AS n FROM pg_prepared_statements"),
        ])
        #expect(try rows[0][0].decode("t") == "x")
        #expect(try rows[1][0].decode("n") == 0)
    }

    @Test("a schema change under a prepared statement goes unnoticed")
    func changedResultType() async throws {
        let connection = try await connect()
        try await connection.execute(
            script: "CREATE TABLE shape (a int); INSERT INTO shape VALUES (1)")
        let select = "SELECT * FROM shape"
        #expect(try await connection.query(select).count == 1)
        try await connection.execute(script: "ALTER TABLE shape ADD b text DEFAULT 'new'")
        #expect(try await connection.query(select)[0].decode("b") == "new")
    }

    @Test("COPY and too many parameters are usage errors, caught before they are sent")
    func usage() async throws {
        let connection = try await connect()
        await #expect {
            try await connection.query("COPY pg_class TO STDOUT")
        } throws: { ($0 as? PostgresError)?.code == .usage }
        await #expect {
            try await connection.query("SELECT 1", Array(repeating: .null, count: 70_000))
        } throws: { ($0 as? PostgresError)?.code == .usage }
        #expect(try await connection.query("SELECT 1 AS n")[0].decode("n") == 1)
    }

    @Test("a script runs all or nothing and reports the first error")
    func script() async throws {
        let connection = try await connect()
        await #expect {
            try await connection.execute(
                script: "CREATE TABLE half (a int); SELECT 1/0; CREATE TABLE other (a int);")
        } throws: { ($0 as? PostgresError)?.sqlState == "22012" }
        let found = try await connection.query("SELECT to_regclass('half')::text AS t")
        #expect(try found[0].decodeIfPresent(String.self, "t") == nil)
        try await connection.execute(script: "CREATE TABLE half (a int); SELECT * FROM half;")
        #expect(try await connection.query("SELECT * FROM half").isEmpty)
    }

    @Test("rows affected are counted")
    func affected() async throws {
        let connection = try await connect()
        try await connection.execute(script: "CREATE TABLE counted (a int)")
        let insert = "INSERT INTO counted SELECT generate_series(1, $1::int)"
        #expect(try await connection.query(insert, [.int32(5)]).affected == 5)
        #expect(try await connection.query("DELETE FROM counted WHERE a > 3").affected == 2)
        #expect(try await connection.query("SELECT * FROM counted").affected == 3)
    }

    @Test("an idle connection that the server ends is known to be unusable, without asking")
    func terminatedWhileIdle() async throws {
        let victim = try await connect()
        let pid = try await backend(victim)
        try await connect().query("SELECT pg_terminate_backend($1)", [.int32(pid)])
        try await eventually("the connection to notice") { !victim.isUsable }
        await #expect {
            try await victim.query("SELECT 1")
        } throws: {
            let error = $0 as? PostgresError
            return error?.code == .connection && error?.isTransient == true
                && error?.outcomeUnknown == false
        }
    }

    @Test("a session ended in mid-statement leaves the outcome unknown, inside a transaction not")
    func terminatedWhileRunning() async throws {
        let other = try await connect()
        for isInTransaction in [false, true] {
            let victim = try await connect()
            let pid = try await backend(victim)
            let task = Task { () -> PostgresError? in
                do {
                    // A statement that is under way until its session is ended.
                    if isInTransaction {
                        try await victim.transaction { try await $0.query("SELECT pg_sleep(60)") }
                    } else {
                        try await victim.query("SELECT pg_sleep(60)")
                    }
                    return nil
                } catch { return error as? PostgresError }
            }
            try await waitUntilSleeping(pid, other)
            try await other.query("SELECT pg_terminate_backend($1)", [.int32(pid)])
            let error = try #require(await task.value)
            #expect(error.sqlState == "57P01")
            #expect(error.isTransient)
            #expect(error.outcomeUnknown == !isInTransaction)
            #expect(!victim.isUsable)
        }
    }

    @Test("a socket that breaks in mid-statement is a connection error with an unknown outcome")
    func brokenSocket() async throws {
        let (victim, other) = (try await connect(), try await connect())
        let pid = try await backend(victim)
        let task = Task { () -> PostgresError? in
            do {
                // A statement that is under way until its socket breaks.
                try await victim.query("SELECT pg_sleep(60)")
                return nil
            } catch { return error as? PostgresError }
        }
        try await waitUntilSleeping(pid, other)
        await victim.breakSocket()
        let error = try #require(await task.value)
        #expect(error.code == .connection)
        #expect(error.outcomeUnknown)
        #expect(!victim.isUsable)
        try await other.query("SELECT pg_terminate_backend($1)", [.int32(pid)])
    }

    @Test("closing ends calls under way and waiting; later ones are refused")
    func close() async throws {
        let (victim, other) = (try await connect(), try await connect())
        let pid = try await backend(victim)
        // A statement that is under way until the connection is closed.
        let running = Task { try await victim.query("SELECT pg_sleep(60)") }
        try await waitUntilSleeping(pid, other)
        let waiting = Task { try await victim.query("SELECT 1") }
        await victim.close()
        for task in [running, waiting] {
            await #expect {
                _ = try await task.value
            } throws: { ($0 as? PostgresError)?.code == .closed }
        }
        await #expect {
            try await victim.query("SELECT 1")
        } throws: { ($0 as? PostgresError)?.code == .closed }
        #expect(!victim.isUsable)
    }

    @Test("a connection that nobody holds any more is closed")
    func deinitialised() async throws {
        let other = try await connect()
        let pid = try await backend(try await connect())
        try await eventually("the session to be gone") {
            try await other.query("SELECT FROM pg_stat_activity WHERE pid = $1", [.int32(pid)])
                .isEmpty
        }
    }

    private func waitUntilSleeping(_ pid: Int32, _ other: PostgresConnection) async throws {
        try await eventually("pg_sleep to run") {
            try await !other.query(
                "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
                [.int32(pid)]
            ).isEmpty
        }
    }
}

extension PostgresConnection {
    /// What a partition does to a connection, at once.
    func breakSocket() {
        if let connection = wire.connection { shutdown(PQsocket(connection), Int32(SHUT_RDWR)) }
    }
}
