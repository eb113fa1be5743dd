import Postgres
import TestSupport
import Testing

@Suite("group commit", .serialized, .timeLimit(.minutes(2)))
struct GroupCommitTests {
    static let database = SuiteDatabase()

    /// Runs a test on a fresh table `t` with one lane, and tells how many transactions wrote to it.
    private func run(
        _ body: (PostgresGroupCommit<Inserts>, PostgresPool) async throws -> Void
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

    /// Each number by a statement of its own.
    private struct Inserts: PostgresGroupWork {
        let numbers: [Int]
        var order: Int64 { Int64(numbers[0]) }

        static func commands(of group: [Inserts]) -> [PostgresCommand] {
            group.flatMap(\.numbers).map {
                PostgresCommand("INSERT INTO t (n) VALUES ($1) RETURNING n", [.int32(Int32($0))])
            }
        }

        static func answers(
            to group: [Inserts], in results: [PostgresRows]
        ) throws(PostgresError) -> [[Int32]] {
            var results = results[...]
            var answers: [[Int32]] = []
            for inserts in group {
                var answer: [Int32] = []
                for rows in results.prefix(inserts.numbers.count) {
                    answer.append(try rows[0].decode(Int32.self, "n"))
                }
                results = results.dropFirst(answer.count)
                answers.append(answer)
            }
            return answers
        }
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
                        (n, try await commits.run(Inserts(numbers: [n, 1000 + n])))
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
                            _ = try await commits.run(Inserts(numbers: [n]))
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
                try await commits.run(Inserts(numbers: [1]))
            }
        }
    }
}
