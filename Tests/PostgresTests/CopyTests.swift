import Postgres
import TestSupport
import Testing

@Suite("COPY in", .timeLimit(.minutes(2)))
struct CopyTests {
    static let database = SuiteDatabase()

    private func make(_ table: String) async throws -> PostgresConnection {
        let connection = try await Self.database.get().connect()
        try await connection.execute(script: "CREATE TABLE \(table) (a int PRIMARY KEY, b text)")
        return connection
    }

    private func chunks(_ texts: [String]) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            for text in texts { continuation.yield(Array(text.utf8)) }
            continuation.finish()
        }
    }

    private func count(_ connection: PostgresConnection, _ table: String) async throws -> Int {
        try await connection.query("SELECT count(*) AS n FROM \(table)")[0].decode("n")
    }

    @Test("rows cut anywhere arrive whole and are counted")
    func good() async throws {
        let connection = try await make("good")
        let rows = try await connection.copyIn(
            "COPY good FROM STDIN", chunks(["1\ton", "e\n2", "\ttwo\n", "3\t\\N\n"]))
        #expect(rows == 3)
        let read = try await connection.query("SELECT b FROM good ORDER BY a")
        #expect(try read.map { try $0.decodeIfPresent(String.self, "b") } == ["one", "two", nil])
    }

    @Test("many megabytes pass without filling memory or blocking the loop")
    func large() async throws {
        let connection = try await make("large")
        let line = String(repeating: "x", count: 990)
        let stream = AsyncStream<[UInt8]> { continuation in
            for block in 0..<200 {
                let lines = (0..<100).map { "\(block * 100 + $0)\t\(line)\n" }
                continuation.yield(Array(lines.joined().utf8))
            }
            continuation.finish()
        }
        #expect(try await connection.copyIn("COPY large FROM STDIN", stream) == 20_000)
    }

    @Test(
        "a bad row stores nothing and names its error",
        arguments: [("bad1", "x\ty\n", "22P02"), ("bad2", "1\ta\n1\tb\n", "23505")])
    func bad(table: String, text: String, sqlState: String) async throws {
        let connection = try await make(table)
        await #expect {
            _ = try await connection.copyIn("COPY \(table) FROM STDIN", chunks(["7\tok\n", text]))
        } throws: { ($0 as? PostgresError)?.sqlState == sqlState }
        #expect(try await count(connection, table) == 0)
    }

    @Test("a source that fails stores nothing, and its error is passed on")
    func failingSource() async throws {
        struct Broken: Error {}
        let connection = try await make("failing")
        let stream = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield(Array("1\tone\n".utf8))
            continuation.finish(throwing: Broken())
        }
        await #expect(throws: Broken.self) {
            _ = try await connection.copyIn("COPY failing FROM STDIN", stream)
        }
        #expect(try await count(connection, "failing") == 0)
    }

    @Test("a cancelled task stores nothing and frees the connection, whenever it is cancelled")
    func cancelled() async throws {
        let connection = try await make("cancelled")
        for moment in 0..<40 {
            let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
            continuation.yield(Array("1\tone\n".utf8))
            let task = Task { try await connection.copyIn("COPY cancelled FROM STDIN", stream) }
            // From before it is sent to long after the server has answered.
            for _ in 0..<40 * moment { await Task.yield() }
            task.cancel()
            await #expect(throws: PostgresError.self) { _ = try await task.value }
            #expect(try await count(connection, "cancelled") == 0, "cancelled at moment \(moment)")
        }
    }

    @Test("a statement that is no COPY, or a wrong one, is an error, the connection usable")
    func notCopy() async throws {
        let connection = try await make("other")
        await #expect {
            _ = try await connection.copyIn("SELECT 1", chunks([]))
        } throws: { ($0 as? PostgresError)?.code == .usage }
        await #expect {
            _ = try await connection.copyIn("COPY nowhere FROM STDIN", chunks([]))
        } throws: { ($0 as? PostgresError)?.sqlState == "42P01" }
        #expect(try await count(connection, "other") == 0)
    }

    @Test("COPY inside a transaction is undone with it")
    func inTransaction() async throws {
        struct Refused: Error {}
        let connection = try await make("undone")
        await #expect(throws: Refused.self) {
            try await connection.transaction { transaction in
                let rows = try await transaction.copyIn(
                    "COPY undone FROM STDIN", chunks(["1\tone\n"]))
                #expect(rows == 1)
                throw Refused()
            }
        }
        #expect(try await count(connection, "undone") == 0)
    }
}
