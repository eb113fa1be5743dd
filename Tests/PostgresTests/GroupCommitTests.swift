import Postgres
import TestSupport
import Testing

@Suite("group commit", .serialized, .timeLimit(.minutes(2)))
struct GroupCommitTests {
    static let database = SuiteDatabase()

    /// Runs a test on a fresh table `t` with one lane, and tells how many transactions wrote to it.
    private func run(
        _ body: (PostgresGroupCommit, PostgresPool) async throws -> Void
    ) async throws {
        let database = try await Self.database.get()
        let pool = database.pool()
        try await pool.query("DROP TABLE IF EXISTS t")
        try await pool.query(
            "CREATE TABLE t (n int PRIMARY KEY, tx xid8 DEFAULT pg_current_xact_id())")
        try await body(
            PostgresGroupCommit(pool, lanes: 1, largestGroup: 50, deadline: .seconds(10)), pool)
        await pool.close()
    }

    private static func insert(_ n: Int) -> PostgresCommand {
        PostgresCommand("INSERT INTO t (n) VALUES ($1) RETURNING n", [.int32(Int32(n))])
    }

    @Test("callers that come while a commit is under way share the next, each with its own rows")
    func shared() async throws {
        try await run { commits, pool in
            let blocker = try await Self.database.get().connect()
            try await blocker.query("BEGIN")
            try await blocker.query("LOCK TABLE t IN EXCLUSIVE MODE")
            let answers = try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
                for n in 0..<40 {
                    group.addTask {
                        let rows = try await commits.run(
                            [Self.insert(n), Self.insert(1000 + n)], order: Int64(n))
                        return (n, try rows.map { try $0[0].decode(Int32.self, "n") })
                    }
                }
                // All have asked once 39 wait for the lane and one for the table.
                try await eventually("39 callers wait for the lane") { await commits.pending == 39 }
                try await blocker.query("COMMIT")
                var answers: [Int: [Int32]] = [:]
                for try await (n, rows) in group { answers[n] = rows }
                return answers
            }
            for n in 0..<40 { #expect(answers[n] == [Int32(n), Int32(1000 + n)]) }
            let transactions = try await pool.query("SELECT count(DISTINCT tx) AS n FROM t")
            #expect(try transactions[0].decode(Int64.self, "n") == 2)
            await blocker.close()
        }
    }

    @Test("what the server refuses costs only who asked for it")
    func refused() async throws {
        try await run { commits, pool in
            try await pool.query("INSERT INTO t (n) VALUES (7)")
            let refusals = await withTaskGroup(of: (Int, String?).self) { group in
                for n in 0..<20 {
                    group.addTask {
                        do throws(PostgresError) {
                            _ = try await commits.run([Self.insert(n)], order: 0)
                            return (n, nil)
                        } catch {
                            return (n, error.sqlState)
                        }
                    }
                }
                var refusals: [Int: String] = [:]
                for await (n, state) in group { refusals[n] = state }
                return refusals
            }
            #expect(refusals == [7: "23505"])
            #expect(
                try await pool.query("SELECT count(*) AS n FROM t")[0].decode(Int64.self, "n") == 20
            )
        }
    }

    @Test("a closed pool refuses everyone")
    func closed() async throws {
        try await run { commits, pool in
            await pool.close()
            await #expect(throws: PostgresError.self) {
                try await commits.run([Self.insert(1)], order: 0)
            }
        }
    }
}
