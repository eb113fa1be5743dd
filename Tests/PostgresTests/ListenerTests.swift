import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("listener", .timeLimit(.minutes(2)))
struct ListenerTests {
    static let database = SuiteDatabase()

    @Test("notifications arrive, and again after the session was killed, with a word in between")
    func reconnects() async throws {
        let database = try await Self.database.get()
        let sender = try await database.connect()
        let channel = "Odd \"channel\""
        var configuration = database.configuration
        configuration.connectTimeout = .seconds(5)
        let listener = PostgresListener(
            configuration, loop: TestDatabase.loop, channels: ["plain", channel])
        var events = listener.events().makeAsyncIterator()

        guard case .connected = await events.next() else {
            Issue.record("not connected")
            return
        }
        try await sender.query("SELECT pg_notify($1, $2)", [.text(channel), .text("hello")])
        guard case .notification(let name, let payload) = await events.next() else {
            Issue.record("no notification")
            return
        }
        #expect(name == channel)
        #expect(payload == "hello")

        let killed = try await sender.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
        #expect(killed.count == 1)
        guard case .disconnected(let error) = await events.next() else {
            Issue.record("not disconnected")
            return
        }
        #expect(error.isTransient)
        guard case .connected = await events.next() else {
            Issue.record("not reconnected")
            return
        }
        try await sender.query("SELECT pg_notify('plain', '')")
        guard case .notification("plain", "") = await events.next() else {
            Issue.record("no notification after the reconnect")
            return
        }
    }

    @Test("without a server it keeps trying and says so; it ends with its consumer")
    func unreachable() async throws {
        let configuration = PostgresConfiguration(
            connectionString: "host=/nonexistent", applicationName: "t")
        let listener = PostgresListener(
            configuration, loop: TestDatabase.loop, channels: ["c"])
        let task = Task {
            var failures = 0
            for await event in listener.events() {
                if case .disconnected = event { failures += 1 }
                if failures == 3 { break }
            }
            return failures
        }
        #expect(await task.value == 3)
        let endless = Task { for await _ in listener.events() {} }
        endless.cancel()
        await endless.value
    }

    @Test("when the consumer stops, its session ends")
    func stops() async throws {
        let database = try await TestDatabase.make()
        let other = try await database.connect()
        let listener = PostgresListener(
            database.configuration, loop: TestDatabase.loop, channels: ["c"])
        for await event in listener.events() {
            if case .connected = event { break }
        }
        try await eventually("the session to be gone") {
            try await other.query(
                """
                SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            ).isEmpty
        }
        await other.close()
        try await database.drop()
    }
}
