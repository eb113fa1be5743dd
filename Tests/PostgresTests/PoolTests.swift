import Synchronization
import TestSupport
import Testing

@testable import Postgres

@Suite("pool", .timeLimit(.minutes(2)))
struct PoolTests {
    static let database = SuiteDatabase()

    @Test("200 queries at once on a pool of 4 are all answered, over at most 4 sessions")
    func crowd() async throws {
        let pool = try await Self.database.get().pool(limit: 4)
        let pids = try await withThrowingTaskGroup(of: Int32.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let row = try await pool.query(
                        "SELECT pg_backend_pid() AS pid, $1::int AS n", [.int32(Int32(number))])[0]
                    #expect(try row.decode("n") == number)
                    return try row.decode("pid")
                }
            }
            var pids: Set<Int32> = []
            for try await pid in group { pids.insert(pid) }
            return pids
        }
        #expect((1...4).contains(pids.count))
        await pool.close()
    }

    @Test("who waits longest is served first")
    func order() async throws {
        let pool = try await Self.database.get().pool(limit: 1)
        let served = Mutex<[Int]>([])
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await pool.withConnection { _ in for await _ in gate { break } }
        }
        try await eventually("the connection to be leased") { pool.counts.leased == 1 }
        var waiters: [Task<Void, any Error>] = []
        for number in 0..<5 {
            waiters.append(
                Task { @Sendable in
                    try await pool.withConnection { _ in served.withLock { $0.append(number) } }
                })
            try await eventually("waiter \(number)") { pool.counts.waiting == number + 1 }
        }
        open.yield()
        try await holder.value
        for waiter in waiters { try await waiter.value }
        #expect(served.withLock { $0 } == [0, 1, 2, 3, 4])
    }

    @Test("a connection killed while idle is replaced, and nobody sees an error")
    func killedIdle() async throws {
        let database = try await Self.database.get()
        let pool = database.pool(limit: 1)
        let first: Int32 = try await pool.query("SELECT pg_backend_pid() AS p")[0].decode("p")
        try await database.connect().query("SELECT pg_terminate_backend($1, 5000)", [.int32(first)])
        try await eventually("a new session") {
            let next = try? await pool.query("SELECT pg_backend_pid() AS p")[0].decode(
                Int32.self, "p")
            return next != nil && next != first
        }
    }

    @Test("a connection that breaks in use is replaced for the one who waits")
    func brokenInUse() async throws {
        let pool = try await Self.database.get().pool(limit: 1)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await pool.withConnection { connection in
                for await _ in gate { break }
                await connection.close()
            }
        }
        try await eventually("the connection to be leased") { pool.counts.leased == 1 }
        let waiter = Task { try await pool.query("SELECT 1 AS n")[0].decode(Int.self, "n") }
        try await eventually("the waiter") { pool.counts.waiting == 1 }
        open.yield()
        try await holder.value
        #expect(try await waiter.value == 1)
        #expect(pool.counts.open == 1)
    }

    @Test("a connection left inside a transaction is not leased again")
    func leftOpen() async throws {
        let pool = try await Self.database.get().pool(limit: 1)
        let first: Int32 = try await pool.withConnection { connection in
            try await connection.query("BEGIN")
            return try await connection.query("SELECT pg_backend_pid() AS p")[0].decode("p")
        }
        #expect(
            try await pool.query("SELECT pg_backend_pid() AS p")[0].decode(Int32.self, "p") != first
        )
    }

    @Test("who waits can be cancelled or give up at a deadline, and the rest go on")
    func givingUp() async throws {
        let pool = try await Self.database.get().pool(limit: 1)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await pool.withConnection { _ in for await _ in gate { break } }
        }
        try await eventually("the connection to be leased") { pool.counts.leased == 1 }
        let cancelled = Task { try await pool.query("SELECT 1") }
        cancelled.cancel()
        await #expect {
            _ = try await cancelled.value
        } throws: { ($0 as? PostgresError)?.code == .cancelled }
        await #expect {
            try await pool.query("SELECT 1", deadline: .milliseconds(50))
        } throws: { ($0 as? PostgresError)?.code == .deadline }
        open.yield()
        try await holder.value
        #expect(try await pool.query("SELECT 1 AS n").count == 1)
    }

    @Test("when no connection can be made each caller is told, and the pool recovers its slots")
    func unreachable() async throws {
        let configuration = PostgresConfiguration(
            connectionString: "host=/nonexistent dbname=x password=hunter2", applicationName: "t")
        let pool = PostgresPool(configuration, loop: TestDatabase.loop, limit: 2)
        await withTaskGroup(of: PostgresError?.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    do throws(PostgresError) {
                        try await pool.query("SELECT 1")
                        return nil
                    } catch { return error }
                }
            }
            for await error in group {
                #expect(error?.code == .connection)
                #expect(error?.isTransient == true)
                #expect(error?.outcomeUnknown == false)
                #expect(error?.description.contains("hunter2") == false)
            }
        }
        #expect(pool.counts.open == 0)
    }

    @Test("a deadline bounds connecting, too")
    func hurriedConnect() async throws {
        let silent = SilentListener()
        let configuration = PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(silent.port) dbname=x", applicationName: "t")
        let pool = PostgresPool(configuration, loop: TestDatabase.loop, limit: 1)
        // The connect timeout alone would be a connection error.
        await #expect {
            try await pool.query("SELECT 1", deadline: .milliseconds(200))
        } throws: { ($0 as? PostgresError)?.code == .deadline }
        #expect(pool.counts.open == 0)
        withExtendedLifetime(silent) {}
    }

    @Test("a closed pool refuses those who wait and those who come")
    func closed() async throws {
        let database = try await Self.database.get()
        let pool = database.pool(limit: 1)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await pool.withConnection { connection in
                for await _ in gate { break }
                return try await connection.query("SELECT 5 AS n")[0].decode(Int.self, "n")
            }
        }
        try await eventually("the connection to be leased") { pool.counts.leased == 1 }
        let waiter = Task { try await pool.query("SELECT 1") }
        try await eventually("the waiter") { pool.counts.waiting == 1 }
        await pool.close()
        await #expect {
            _ = try await waiter.value
        } throws: { ($0 as? PostgresError)?.code == .closed }
        await #expect {
            try await pool.query("SELECT 1")
        } throws: { ($0 as? PostgresError)?.code == .closed }
        open.yield()
        #expect(try await holder.value == 5)
        #expect(pool.counts.open == 0)
    }
}
