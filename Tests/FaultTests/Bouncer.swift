import Foundation
import Synchronization
import TestSupport
import WorkerTestSupport

/// PgBouncer in transaction mode before a scene's database.
final class Bouncer: Sendable {
    let url: String
    private let scene: Scene
    private let configuration: String
    private let process: Mutex<TestProcess>

    private init(_ url: String, _ scene: Scene, _ configuration: String) throws {
        self.url = url
        self.scene = scene
        self.configuration = configuration
        process = Mutex(try Self.launch(scene, configuration))
    }

    /// Starts one; nil, with a line that says so, where there is none.
    static func start(_ scene: Scene) async throws -> Bouncer? {
        guard FileManager.default.isExecutableFile(atPath: "/usr/sbin/pgbouncer") else {
            print("skipped: there is no PgBouncer (Debian: apt install pgbouncer)")
            return nil
        }
        let row = try await scene.row(
            """
            SELECT current_setting('unix_socket_directories') AS host,
                current_setting('port') AS port, current_database()::text AS name
            """)
        func text(_ key: String) -> String { row[key]?.stringValue ?? "" }
        // Below /tmp: the path of a socket is short, and its user may enter.
        let directory = "/tmp/pgb.\(UUID().uuidString.prefix(8))"
        let configuration = try scene.file(
            "pgbouncer.ini",
            """
            [databases]
            \(text("name")) = host=\(text("host")) port=\(text("port")) user=postgres
            [pgbouncer]
            listen_addr =
            listen_port = 6432
            unix_socket_dir = \(directory)
            auth_type = any
            pool_mode = transaction
            default_pool_size = 6
            max_client_conn = 200
            ignore_startup_parameters = extra_float_digits
            """)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o777])
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777], ofItemAtPath: directory)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: scene.directory)
        return try Bouncer(
            "postgresql://postgres@/\(text("name"))?host=\(directory)&port=6432", scene,
            configuration)
    }

    /// kill -9, and another in its place.
    func kill() async throws {
        let old = process.withLock { $0 }
        old.terminate(SIGKILL)
        try await old.waitForExit()
        let next = try Self.launch(scene, configuration)
        process.withLock { $0 = next }
    }

    private static func launch(_ scene: Scene, _ configuration: String) throws -> TestProcess {
        // It refuses to be root.
        try scene.process(
            "/bin/sh", ServerShell.arguments("/usr/sbin/pgbouncer", [configuration]))
    }
}
