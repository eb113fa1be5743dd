import EventLoop
import Foundation
import Postgres
import Synchronization

/// A database of its own for a suite or a test, on a real server.
public struct TestDatabase: Sendable {
    /// The event loop of this test process.
    public static let loop = EventLoop(name: "tests")

    static let server = TestServer()
    static let template = TemplateDatabase()
    private static let made = Mutex(0)

    /// Its name on the server.
    public let name: String
    /// A libpq URL with superuser rights.
    public let url: String

    /// Makes a database; `name` only makes it recognisable. With `migrated`, it is cloned from a
    /// template to which all of migrations/ was applied, once per process.
    public static func make(
        _ name: String = #fileID, migrated: Bool = false
    ) async throws -> TestDatabase {
        let number = made.withLock { made in
            made += 1
            return made
        }
        let readable = name.lowercased().split(separator: "/").last.map(String.init) ?? ""
        let word = readable.prefix { $0 != "." }.filter {
            $0.isASCII && ($0.isLetter || $0.isNumber)
        }
        let full = TestServer.databasePrefix + "\(number)_\(word.prefix(30))"
        let source = migrated ? try await template.name() : "template0"
        try await administer("CREATE DATABASE \"\(full)\" TEMPLATE \"\(source)\"")
        return TestDatabase(name: full, url: Self.url(of: full, on: try await server.url()))
    }

    /// How to connect to it.
    public var configuration: PostgresConfiguration {
        PostgresConfiguration(connectionString: url, applicationName: "tests")
    }

    /// A new connection to it.
    public func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(configuration, on: Self.loop)
    }

    /// A new pool of connections to it.
    public func pool(limit: Int = 4) -> PostgresPool {
        PostgresPool(configuration, loop: Self.loop, limit: limit)
    }

    /// Ends its connections and removes it. Not calling it costs space until the process ends.
    public func drop() async throws {
        try await Self.administer("DROP DATABASE IF EXISTS \"\(name)\" WITH (FORCE)")
    }

    /// Runs one statement in the server's maintenance database.
    static func administer(_ sql: String) async throws {
        let configuration = PostgresConfiguration(
            connectionString: try await server.url(), applicationName: "tests")
        let connection = try await PostgresConnection.connect(configuration, on: loop)
        do {
            try await connection.execute(script: sql)
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    /// `url` with another database: the path of a URI is the database's name.
    static func url(of database: String, on url: String) -> String {
        guard let scheme = url.range(of: "://") else { return url + " dbname=" + database }
        let end = url[scheme.upperBound...].firstIndex(of: "?") ?? url.endIndex
        let path = url[scheme.upperBound..<end].firstIndex(of: "/") ?? end
        return url[..<path] + "/" + database + url[end...]
    }
}
