import Foundation
import TestSupport

/// A directory for one test. The user postgres may enter it too.
struct TemporaryDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/agent-worker-deploy-\(UUID())"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
    }

    /// Puts a shell script there. Another process writes it: a child started meanwhile by another test
    /// would hold a file that we write open, and then nobody can execute it ("text file busy").
    func addScript(_ name: String, _ body: String) async throws {
        let writer = try TestProcess(
            "/bin/sh",
            [
                "-c", #"printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod 755 "$1""#, "sh",
                "\(path)/\(name)", body,
            ])
        let exit = try await writer.waitForExit()
        guard exit == .code(0) else { throw CocoaError(.fileWriteUnknown) }
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
