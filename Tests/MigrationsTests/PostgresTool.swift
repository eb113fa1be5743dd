import Foundation
import TestSupport
import Testing

/// PostgreSQL's own client programs, found as deploy/private-postgres finds the server.
enum PostgresTool {
    /// Where pg_dump and psql are: pg_config's directory, the newest of Debian's, or the PATH.
    private static func directories() async throws -> [String] {
        var found: [String] = []
        let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map(String.init)
        if let directory = paths.first(where: { isProgram($0 + "/pg_config") }) {
            let process = try TestProcess(directory + "/pg_config", ["--bindir"])
            _ = try await process.waitForExit()
            found.append(process.stdout.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        let debian = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        found += versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(debian)/\($0)/bin" }
        return found + paths
    }

    private static func isProgram(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: path)
    }

    /// Runs a program and returns what it wrote.
    static func run(_ program: String, _ arguments: [String]) async throws -> String {
        let path = try await directories().map { $0 + "/" + program }.first(where: isProgram)
        let process = try TestProcess(
            try #require(path, "\(program) is not installed"), arguments)
        let exit = try await process.waitForExit()
        try #require(exit == .code(0), "\(program): \(process.stderr)")
        return process.stdout
    }

    /// A database's schema without what differs between versions and servers.
    static func schema(of database: TestDatabase) async throws -> String {
        let dump = try await run(
            "pg_dump", ["--schema-only", "--no-owner", "--no-privileges", "-d", database.url])
        let lines = dump.split(separator: "\n").filter { line in
            let text = line.drop { $0 == " " }
            return !text.isEmpty && !text.hasPrefix("--") && !text.hasPrefix("\\")
                && !line.hasPrefix("SET ") && !line.hasPrefix("SELECT pg_catalog.set_config")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
