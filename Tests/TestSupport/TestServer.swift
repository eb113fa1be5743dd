import Foundation
import Postgres

/// The PostgreSQL server of this test process: the one that AGENT_WORKER_TEST_SERVER names (a
/// libpq URL with superuser rights), or a private one, started when first needed and gone with the
/// process.
actor TestServer {
    private var starting: Task<String, any Error>?

    /// The URL of its maintenance database.
    func url() async throws -> String {
        if let starting { return try await starting.value }
        let task = Task { try await Self.start() }
        starting = task
        return try await task.value
    }

    /// The prefix of every database this process makes.
    static let databasePrefix = "awtest_\(getpid())_"

    private static func start() async throws -> String {
        if let url = ProcessInfo.processInfo.environment["AGENT_WORKER_TEST_SERVER"] {
            // Drops what the tests left behind, the template among it.
            try Reaper.atExit(
                """
                psql "$1" -AtX -c "select format('drop database %I with (force);', datname) \
                from pg_database where starts_with(datname, '$2')" | psql -X "$1"
                """, [url, databasePrefix])
            return url
        }
        let directory = FileManager.default.temporaryDirectory.path + "/agent-worker-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        let script = PackageRoot.path("deploy/private-postgres")
        try Reaper.atExit(#""$1" stop "$2"; rm -rf "$2""#, [script, directory])
        let process = try TestProcess(script, ["start", directory, "--fast"])
        let exit = try await process.waitForExit(timeout: .seconds(120))
        guard exit == .code(0), let url = process.lines.last(where: { $0.source == .stdout })?.text
        else { throw TimedOut(description: "no test server: \(process.stderr)") }
        return url
    }
}
