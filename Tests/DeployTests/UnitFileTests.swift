import Foundation
import TestSupport
import Testing

/// The unit files, as systemd itself reads them.
@Suite("unit files")
struct UnitFileTests {
    /// What the check says, and its exit code; nil when there is no systemd to ask.
    private func check(_ arguments: [String] = []) async throws -> (code: Int32, said: String)? {
        let process = try TestProcess(PackageRoot.path("deploy/check-units"), arguments)
        let exit = try await process.waitForExit(timeout: .seconds(60))
        guard case .code(let code) = exit else { return (-1, "\(exit)") }
        if code == 69 {
            print("skipped: there is no systemd-analyze")
            return nil
        }
        return (code, process.stdout + process.stderr)
    }

    @Test("systemd has no complaint, and finds both units well confined")
    func units() async throws {
        guard let (code, said) = try await check() else { return }
        #expect(code == 0, "\(said)")
    }

    @Test(
        "the check finds what it is for",
        arguments: [
            ("agent-worker.service", "LimitCORE=0", "LimitKORE=0", "LimitKORE"),
            ("agent-worker@.service", "KillMode=mixed", "KillMode=mixt", "Failed to parse"),
            ("agent-worker.service", "LimitNOFILE=65536", "LimitNOFILE=65537", "differ in more"),
        ])
    func faults(unit: String, line: String, damaged: String, complaint: String) async throws {
        let copies = try TemporaryDirectory()
        defer { copies.remove() }
        for name in ["agent-worker.service", "agent-worker@.service"] {
            var text = try String(
                contentsOfFile: PackageRoot.path("deploy/\(name)"), encoding: .utf8)
            if name == unit {
                #expect(text.contains(line))
                text = text.replacingOccurrences(of: line, with: damaged)
            }
            try text.write(toFile: copies.path + "/" + name, atomically: true, encoding: .utf8)
        }
        guard let (code, said) = try await check([copies.path]) else { return }
        #expect(code == 1)
        #expect(said.contains(complaint), "\(said)")
    }
}
