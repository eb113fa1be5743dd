import Foundation
import TestSupport

/// A Python environment with packages from PyPI, made once and kept in the system's temporary
/// directory for later runs.
struct PythonEnvironment: Sendable {
    /// Servers on the SDK of the new era (it speaks both).
    static let current = PythonEnvironment(
        name: "current", packages: ["mcp-server-time", "mcp-server-git", "mcp>=2"])
    /// Servers on the last SDK of the old era, which mcp-server-sqlite needs.
    static let legacy = PythonEnvironment(
        name: "legacy", packages: ["mcp-server-sqlite==2025.4.25", "mcp<2"])

    private let ready: Task<String?, Never>

    private init(name: String, packages: [String]) {
        ready = Task { await Self.make(name, packages) }
    }

    /// The directory of its programs; nil, and a printed reason, when it cannot be made.
    func programs() async -> String? { await ready.value }

    private static func make(_ name: String, _ packages: [String]) async -> String? {
        let directory = NSTemporaryDirectory() + "agent-worker-mcp-\(getuid())/\(name)"
        let mark = directory + "/ready"
        if FileManager.default.fileExists(atPath: mark) { return directory + "/bin" }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            try await run("/usr/bin/env", ["python3", "-m", "venv", "--clear", directory])
            try await run(
                directory + "/bin/pip",
                [
                    "install", "--quiet", "--disable-pip-version-check", "--no-input",
                    "--retries", "1",
                ] + packages)
            try Data().write(to: URL(filePath: mark))
            return directory + "/bin"
        } catch {
            print(
                "skipped: no Python environment with \(packages.joined(separator: ", ")): \(error)")
            return nil
        }
    }

    private static func run(_ program: String, _ arguments: [String]) async throws {
        let process = try TestProcess(program, arguments)
        let exit = try await process.waitForExit(timeout: .seconds(240))
        guard exit == .code(0) else {
            let last = process.lines.last?.text ?? ""
            throw Failure(description: "\(arguments.first ?? program) ended with \(exit): \(last)")
        }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
