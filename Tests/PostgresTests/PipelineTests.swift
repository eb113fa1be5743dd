import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("pipeline and transaction", .timeLimit(.minutes(2)))
struct PipelineTests {
    static let database = SuiteDatabase()

    /// A connection and a table of its own.
    private func make() async throws -> (PostgresConnection, String) {
        let connection = try await Self.database.get().connect()
        let table = "t" + UUID().uuidString.lowercased().filter { $0 != "-" }
        try await connection.execute(
            script: """
                CREATE TABLE \(table) (a int PRIMARY KEY, b int UNIQUE DEFERRABLE INITIALLY DEFERRED)
                """)
        return (connection, table)
    }

    private func count(_ connection: PostgresConnection, _ table: String) async throws -> Int {
        try await connection.query("SELECT count(*) AS n FROM \(table)")[0].decode("n")
    }

    @Test("a pipeline gives the rows of each command, in order, in one transaction")
    func order() async throws {
        let (connection, table) = try await make()
        let insert = "INSERT INTO \(table) (a) VALUES ($1) RETURNING a, txid_current() AS x"
        let rows = try await connection.pipeline(
            (1...50).map { PostgresCommand(insert, [.int32($0)]) })
        #expect(try rows.map { try $0[0].decode(Int.self, "a") } == Array(1...50))
        #expect(Set(try rows.map { try $0[0].decode(Int64.self, "x") }).count == 1)
        #expect(try await connection.pipeline([]).isEmpty)
    }

    @Test("an error in the middle undoes all, is the one thrown, and leaves the connection usable")
    func errorInTheMiddle() async throws {
        let (connection, table) = try await make()
        let insert = "INSERT INTO \(table) (a) VALUES ($1)"
        await #expect {
            try await connection.pipeline([
                PostgresCommand(insert, [.int32(1)]),
                PostgresCommand("SELECT 1/0 AS first"),
                PostgresCommand("SELECT * FROM nowhere"),
                PostgresCommand("SELECT 'never prepared' AS n"),
            ])
        } throws: { ($0 as? PostgresError)?.sqlState == "22012" }
        #expect(try await count(connection, table) == 0)
        // What the aborted part would have prepared is prepared now.
        #expect(
            try await connection.query("SELECT 'never prepared' AS n")[0].decode("n")
                == "never prepared")
        try await connection.query(insert, [.int32(1)])
        #expect(try await count(connection, table) == 1)
    }

    @Test("a constraint that is checked at the commit fails the pipeline")
    func deferredConstraint() async throws {
        let (connection, table) = try await make()
        let insert = "INSERT INTO \(table) VALUES ($1, 7)"
        await #expect {
            try await connection.pipeline([
                PostgresCommand(insert, [.int32(1)]), PostgresCommand(insert, [.int32(2)]),
            ])
        } throws: { ($0 as? PostgresError)?.sqlState == "23505" }
        #expect(try await count(connection, table) == 0)
    }

    @Test("a pipeline larger than the socket's buffers does not lock up")
    func large() async throws {
        let (connection, _) = try await make()
        let text = String(repeating: "x", count: 100_000)
        let rows = try await connection.pipeline(
            (0..<100).map { _ in PostgresCommand("SELECT $1::text AS t", [.text(text)]) })
        #expect(try rows.allSatisfy { try $0[0].decode(String.self, "t") == text })
    }

    @Test("a transaction commits its statements together")
    func commit() async throws {
        let (connection, table) = try await make()
        let total = try await connection.transaction { transaction in
            try await transaction.query("INSERT INTO \(table) (a) VALUES (1)")
            try await transaction.execute(script: "INSERT INTO \(table) (a) VALUES (2)")
            let rows = try await transaction.pipeline([
                PostgresCommand("INSERT INTO \(table) (a) VALUES (3)"),
                PostgresCommand("SELECT count(*) AS n FROM \(table)"),
            ])
            return try rows[1][0].decode(Int.self, "n")
        }
        #expect(total == 3)
        #expect(try await count(connection, table) == 3)
    }

    @Test("a transaction rolls back when its body throws, and the error is passed on")
    func rollBack() async throws {
        struct Refused: Error {}
        let (connection, table) = try await make()
        await #expect(throws: Refused.self) {
            try await connection.transaction { transaction in
                try await transaction.query("INSERT INTO \(table) (a) VALUES (1)")
                throw Refused()
            }
        }
        #expect(try await count(connection, table) == 0)
    }

    @Test("a failed statement whose error the body swallows does not look committed")
    func swallowedError() async throws {
        let (connection, table) = try await make()
        await #expect {
            try await connection.transaction { transaction in
                try await transaction.query("INSERT INTO \(table) (a) VALUES (1)")
                _ = try? await transaction.query("SELECT 1/0")
            }
        } throws: { ($0 as? PostgresError)?.sqlState == "25P02" }
        #expect(try await count(connection, table) == 0)
    }

    @Test("a cancelled transaction rolls back and frees the connection")
    func cancelled() async throws {
        let (connection, table) = try await make()
        let task = Task {
            try await connection.transaction { transaction in
                try await transaction.query("INSERT INTO \(table) (a) VALUES (1)")
                try await transaction.query("SELECT pg_sleep(30)")
            }
        }
        let other = try await Self.database.get().connect()
        try await eventually("pg_sleep to run") {
            try await !other.query(
                """
                SELECT FROM pg_stat_activity WHERE datname = current_database()
                    AND wait_event = 'PgSleep'
                """
            ).isEmpty
        }
        task.cancel()
        await #expect {
            try await task.value
        } throws: { ($0 as? PostgresError)?.code == .cancelled }
        #expect(try await count(connection, table) == 0)
    }

    @Test("other calls wait for the transaction's end; its own task using the connection is told")
    func exclusive() async throws {
        let (connection, table) = try await make()
        try await connection.transaction { transaction in
            try await transaction.query("INSERT INTO \(table) (a) VALUES (1)")
            await #expect {
                try await connection.query("SELECT 1")
            } throws: { ($0 as? PostgresError)?.code == .usage }
        }
        var escaped: PostgresTransaction?
        try await connection.transaction { escaped = $0 }
        let handle = try #require(escaped)
        await #expect {
            try await handle.query("SELECT 1")
        } throws: { ($0 as? PostgresError)?.code == .usage }
    }

    @Test("a deferred constraint fails the COMMIT, and the error says so")
    func failedCommit() async throws {
        let (connection, table) = try await make()
        await #expect {
            try await connection.transaction { transaction in
                try await transaction.query("INSERT INTO \(table) VALUES (1, 7), (2, 7)")
            }
        } throws: {
            let error = $0 as? PostgresError
            return error?.sqlState == "23505" && error?.outcomeUnknown == false
        }
        #expect(try await count(connection, table) == 0)
    }
}
