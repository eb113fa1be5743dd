import Foundation
import TestSupport
import Testing

/// The README's first command, with the executables that were built beside the tests.
@Suite("the quick start", .serialized)
struct QuickStartTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start() throws -> TestProcess {
        let bin = (Binary.path("agent-worker") as NSString).deletingLastPathComponent
        return try TestProcess(
            PackageRoot.path("deploy/quickstart"), ["--bin", bin, "--dir", directory.path],
            environment: [
                "OPENAI_API_KEY": nil, "OPENAI_API_KEY_FILE": nil, "OPENAI_BASE_URL": nil,
                "NOTIFY_SOCKET": nil,
            ])
    }

    /// `private-postgres stop` removes the URL; the stub ends when its parent does.
    private var isDatabaseStopped: Bool {
        !FileManager.default.fileExists(atPath: directory.path + "/url")
            && !FileManager.default.fileExists(atPath: directory.path + "/data/postmaster.pid")
    }

    @Test("it runs every kind of job, breaks no invariant, and runs again")
    func runs() async throws {
        defer { directory.remove() }
        for jobs in ["{1,2,3,4}", "{5,6,7,8}"] {
            let process = try start()
            let exit = try await process.waitForExit(timeout: .seconds(180))
            #expect(exit == .code(0), "\(jobs): \(process.stdout)\(process.stderr)")
            #expect(process.stdout.contains("Which of my orders are open now?"))
            for word in ["generation", "agentkit", "orchestrator"] {
                let row = process.stdout.split(separator: "\n").first {
                    $0.contains(" \(word) ") && $0.contains(" completed ")
                }
                #expect(row != nil, "a completed \(word) job")
            }
            #expect(process.stdout.contains("(0 rows)"))
            #expect(isDatabaseStopped)
        }
    }

    @Test("stopped half-way it stops what it started")
    func stopped() async throws {
        defer { directory.remove() }
        let process = try start()
        try await process.waitForLine(containing: "Starting model-stub", timeout: .seconds(120))
        process.terminate()
        #expect(try await process.waitForExit(timeout: .seconds(60)) == .code(143))
        #expect(isDatabaseStopped)
    }
}
