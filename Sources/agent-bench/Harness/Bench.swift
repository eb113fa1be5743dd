import EventLoop
import FoundationEssentials
import Glibc
import Synchronization

/// What scenarios share: the server, the sizes, the programs.
struct Bench: Sendable {
    let server: BenchServer
    let loop: EventLoop
    /// 1: the sizes of the table of figures; smaller for a look whether everything works.
    let scale: Double
    let programs: Programs
    let files: ScratchFiles
    let peers = InstalledPeers()
    private let databases = BenchCounter()

    init(
        server: BenchServer, loop: EventLoop, scale: Double, programs: Programs,
        files: ScratchFiles
    ) {
        self.server = server
        self.loop = loop
        self.scale = scale
        self.programs = programs
        self.files = files
    }

    /// `count` at this run's scale, but not so few that the program would break.
    func scaled(_ count: Int, atLeast least: Int) -> Int {
        max(least, Int((Double(count) * scale).rounded()))
    }

    /// A new database with the schema, or an empty one for a peer's.
    func database(migrated: Bool = true) async throws -> BenchDatabase {
        let name = "agent_bench_\(databases.next())"
        let source = migrated ? server.template : "template0"
        try await server.admin.execute(script: "DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        try await server.admin.execute(script: "CREATE DATABASE \(name) TEMPLATE \(source)")
        return BenchDatabase(
            name: name, url: server.url(of: name), connection: try await server.connect(to: name),
            server: server)
    }

    /// A database for one measurement, gone after it.
    func withDatabase<Value: Sendable>(
        migrated: Bool = true, _ body: (BenchDatabase) async throws -> Value
    ) async throws -> Value {
        let database = try await database(migrated: migrated)
        do {
            let value = try await body(database)
            await database.drop()
            return value
        } catch {
            await database.drop()
            throw error
        }
    }

    /// Progress, on standard error.
    func say(_ line: String) {
        _ = Array((line + "\n").utf8).withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
