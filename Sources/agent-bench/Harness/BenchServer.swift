import EventLoop
import Migrations
import Postgres

/// The PostgreSQL server that everything is measured on.
struct BenchServer: Sendable {
    /// libpq URL of its maintenance database, with superuser rights.
    let url: String
    let loop: EventLoop
    let admin: PostgresConnection
    /// The server with all its processes.
    let tree: ProcessTree
    /// A migrated database that is never used but to be cloned.
    let template: String

    static func connect(_ url: String, loop: EventLoop) async throws -> BenchServer {
        let admin = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: url, applicationName: "agent-bench"), on: loop)
        let backend = try await admin.number("pg_backend_pid()")
        guard let postmaster = ProcessFile.parent(of: Int32(backend)) else {
            throw BenchError("the server must run on this machine: its CPU is measured")
        }
        // Held as long as the session: two runs would measure each other.
        guard try await admin.number("pg_try_advisory_lock(hashtext('agent-bench'))::int") == 1
        else { throw BenchError("another agent-bench measures on this server") }
        let template = "agent_bench_template"
        try await admin.execute(script: "DROP DATABASE IF EXISTS \(template)")
        try await admin.execute(script: "CREATE DATABASE \(template)")
        let server = BenchServer(
            url: url, loop: loop, admin: admin, tree: ProcessTree(root: postmaster),
            template: template)
        let fresh = try await server.connect(to: template)
        _ = try await Migrator(fresh).migrate()
        await fresh.close()
        return server
    }

    func connect(to database: String) async throws(PostgresError) -> PostgresConnection {
        try await PostgresConnection.connect(
            PostgresConfiguration(
                connectionString: url(of: database), applicationName: "agent-bench"), on: loop)
    }

    /// The path of a URI is the database's name.
    func url(of database: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url + " dbname=" + database }
        let end = url[scheme.upperBound...].firstIndex(of: "?") ?? url.endIndex
        let path = url[scheme.upperBound..<end].firstIndex(of: "/") ?? end
        return url[..<path] + "/" + database + url[end...]
    }

    /// A server that is not used for anything else: this one's figures go with it.
    func close() async {
        try? await admin.execute(script: "DROP DATABASE IF EXISTS \(template)")
        await admin.close()
    }
}
