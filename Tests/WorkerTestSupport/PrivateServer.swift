import Foundation
import TestSupport

/// A durable PostgreSQL server of a test's own, which it may stop and crash.
public struct PrivateServer: Sendable {
    /// libpq URL of its maintenance database; the same after a restart.
    public let url: String
    /// Where it lives; the data is in `data` below.
    public let directory: String

    /// Starts one, applies the migrations unless told not to, runs `body` and removes it.
    public static func run(
        migrated: Bool = true, environment: [String: String] = [:],
        _ body: (PrivateServer) async throws -> Void
    ) async throws {
        let directory =
            FileManager.default.temporaryDirectory.path + "/server-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        let script = PackageRoot.path("deploy/private-postgres")
        // It must not outlive tests that were killed.
        try Reaper.atExit(
            #"if [ -d "$2" ]; then "$1" stop "$2"; rm -rf "$2"; fi"#, [script, directory])
        let started = try TestProcess(
            script, ["start", directory], environment: environment.mapValues { .some($0) })
        guard try await started.waitForExit(timeout: .seconds(120)) == .code(0),
            let url = started.lines.last(where: { $0.source == .stdout })?.text
        else { throw SceneError(description: "no server: \(started.stderr)") }
        let server = PrivateServer(url: url, directory: directory)
        do {
            if migrated { try await migrate(server.url) }
            try await body(server)
        } catch {
            await server.remove(script)
            throw error
        }
        await server.remove(script)
    }

    /// Applies the migrations to the database that a libpq URL leads to.
    public static func migrate(_ url: String) async throws {
        let migrate = try TestProcess(
            Binary.path("agent-worker"), ["migrate"], environment: ["DATABASE_URL": url])
        guard try await migrate.waitForExit() == .code(0) else {
            throw SceneError(description: "not migrated: \(migrate.stderr)")
        }
    }

    /// Stops it at once, as a crash would: no checkpoint, all connections cut.
    public func crash() async throws { try await control("stop", "-m", "immediate") }

    /// Starts it again with the options it had.
    public func revive() async throws { try await control("restart", "-m", "immediate") }

    /// Stops it in good order, cutting its connections, and starts it again, with further options of
    /// its command line if given.
    public func restart(options: String? = nil) async throws {
        guard let options else { return try await control("restart", "-m", "fast") }
        let old = try String(contentsOfFile: directory + "/data/postmaster.opts", encoding: .utf8)
        let arguments = old.split(separator: "\"").enumerated()
            .filter { $0.offset % 2 == 1 }.map { "'\($0.element)'" }
        try await control(
            "restart", "-m", "fast", "-o", arguments.joined(separator: " ") + " " + options)
    }

    private func control(_ command: String...) async throws {
        // As its owner; from a directory that the owner may enter.
        let script = """
            cd / && bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/pg_ctl "$(command -v pg_ctl)" \
            2>/dev/null | tail -n 1)") && data=$1 && shift
            set -- "$bin/pg_ctl" -D "$data" -s -w -t 60 "$@" -l "$data/server.log"
            if [ "$(id -u)" = 0 ]; then exec runuser -u postgres -- "$@"; else exec "$@"; fi
            """
        let process = try TestProcess(
            "/bin/sh",
            ["-c", script + " >/dev/null 2>&1", "control", directory + "/data"] + command
        )
        guard try await process.waitForExit(timeout: .seconds(90)) == .code(0) else {
            throw SceneError(description: "pg_ctl \(command) failed")
        }
    }

    private func remove(_ script: String) async {
        let stop = try? TestProcess(script, ["stop", directory])
        _ = try? await stop?.waitForExit(timeout: .seconds(60))
        try? FileManager.default.removeItem(atPath: directory)
    }
}
