import FoundationEssentials
import TestSupport
import Testing

@testable import Postgres

@Suite("configuration", .timeLimit(.minutes(1)))
struct ConfigurationTests {
    @Test(
        "the description names host, port and database and nothing else",
        arguments: [
            (
                "postgresql://bob:hunter2@db.example:6000/prod",
                "host db.example, port 6000, database prod"
            ),
            (
                "postgresql://bob:hunter2@a:1,b:2/prod?sslmode=require",
                "host a,b, port 1,2, database prod"
            ),
            ("host=/run/pg dbname=x password=hunter2", "host /run/pg, port 5432, database x"),
        ])
    func redacted(connectionString: String, description: String) {
        let configuration = PostgresConfiguration(
            connectionString: connectionString, applicationName: "t")
        #expect(configuration.redactedDescription == description)
    }

    @Test("the overall time to connect is that of one host times the hosts")
    func overallTimeout() {
        func timeout(_ text: String) -> Duration {
            var configuration = PostgresConfiguration(connectionString: text, applicationName: "t")
            configuration.connectTimeout = .seconds(4)
            return configuration.overallConnectTimeout
        }
        #expect(timeout("postgresql://a/x") == .seconds(5))
        #expect(timeout("postgresql://a,b,c/x") == .seconds(13))
        #expect(timeout("postgresql://a,b/x?connect_timeout=3") == .seconds(7))
        #expect(timeout("not a connection string") == .seconds(5))
    }

    @Test("a dead first host is passed over")
    func deadFirstHost() async throws {
        let database = try await TestDatabase.make()
        let live = try #require(database.url.split(separator: "host=").last.map(String.init))
        guard live.hasPrefix("/") else { return print("skipped: the test server is not local") }
        let configuration = PostgresConfiguration(
            connectionString:
                "host=/nonexistent,127.0.0.1,\(live) port=5432,1,5432 user=postgres dbname=\(database.name)",
            applicationName: "t")
        let connection = try await PostgresConnection.connect(
            configuration, on: TestDatabase.loop)
        #expect(try await connection.query("SELECT 1 AS n")[0].decode("n") == 1)
        await connection.close()
        try await database.drop()
    }

    @Test("a server that takes the connection and says nothing does not hold a cancelled task")
    func cancelledConnect() async throws {
        let silent = SilentListener()
        let configuration = PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(silent.port) dbname=x", applicationName: "t")
        let task = Task {
            try await PostgresConnection.connect(configuration, on: TestDatabase.loop)
        }
        task.cancel()
        // The connect timeout would be a connection error.
        await #expect {
            _ = try await task.value
        } throws: { ($0 as? PostgresError)?.code == .cancelled }
        withExtendedLifetime(silent) {}
    }

    @Test("a wrong connection string and a refusal are connection errors without the password")
    func badStrings() async throws {
        for text in [
            "postgresql://bob:hunter2@127.0.0.1:1/x", "host=127.0.0.1 port=1 password=hunter2",
            "nonsense=hunter2",
        ] {
            let configuration = PostgresConfiguration(connectionString: text, applicationName: "t")
            let error = await #expect(throws: PostgresError.self) {
                _ = try await PostgresConnection.connect(configuration, on: TestDatabase.loop)
            }
            #expect(error?.code == .connection)
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test(
        "a session setting is never zero, which would switch a limit off",
        arguments: [(Duration.seconds(2), "2000ms"), (.zero, "1ms"), (.microseconds(10), "1ms")])
    func sessionSettings(timeout: Duration, text: String) {
        var configuration = PostgresConfiguration(connectionString: nil, applicationName: "t")
        configuration.statementTimeout = timeout
        let settings = configuration.sessionSettings()
        #expect(settings.map(\.name) == ["plan_cache_mode", "jit", "statement_timeout"])
        #expect(settings.last?.value == text)
    }
}
