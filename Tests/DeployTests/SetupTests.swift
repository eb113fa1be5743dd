import Foundation
import TestSupport
import Testing

/// deploy/setup on machines that lack things: a PATH with nothing on it but what the test puts there.
@Suite("deploy/setup")
struct SetupTests {
    private static let ordinary = ["dirname", "env", "id", "sed", "sh", "tr"]

    private func setup(_ extra: [String: String]) async throws -> (
        exit: TestProcess.Exit, said: String
    ) {
        let bin = try TemporaryDirectory()
        defer { bin.remove() }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for name in Self.ordinary {
            let real = path.split(separator: ":").map { "\($0)/\(name)" }
                .first { FileManager.default.isExecutableFile(atPath: $0) }
            try FileManager.default.createSymbolicLink(
                atPath: "\(bin.path)/\(name)", withDestinationPath: real ?? "/usr/bin/\(name)")
        }
        for (name, script) in extra { try await bin.addScript(name, script) }
        let process = try TestProcess(
            "/bin/sh", [PackageRoot.path("deploy/setup"), "--systemd"],
            environment: ["PATH": bin.path])
        let exit = try await process.waitForExit()
        return (exit, process.stderr)
    }

    @Test("without Swift it says where Swift is to be had")
    func noSwift() async throws {
        let (exit, said) = try await setup([:])
        #expect(exit == .code(69))
        #expect(said.contains("https://www.swift.org/install"))
    }

    @Test("without apt-get it names what is missing")
    func noPackages() async throws {
        let (exit, said) = try await setup(["swift": "exit 0"])
        #expect(exit == .code(69))
        #expect(said.contains("pkg-config libcurl4-openssl-dev libpq-dev"))
        #expect(said.contains("there is no apt-get"))
    }

    @Test("it says what it installs, and does not believe an installation that changed nothing")
    func installs() async throws {
        let (exit, said) = try await setup([
            "swift": "exit 0", "sudo": #"exec "$@""#, "apt-get": #"echo "apt-get called: $*""#,
        ])
        #expect(exit == .code(1))
        #expect(said.contains("apt-get called: update"))
        #expect(said.contains("apt-get called: install -y"))
        #expect(said.contains("libpq-dev"))
        #expect(said.contains("still missing after the installation: pkg-config"))
    }

    @Test("an installation that fails is the end")
    func refused() async throws {
        let (exit, said) = try await setup([
            "swift": "exit 0", "sudo": #"exec "$@""#, "apt-get": "exit 100",
        ])
        #expect(exit == .code(1))
        #expect(said.contains("apt-get could not install: pkg-config"))
    }
}
