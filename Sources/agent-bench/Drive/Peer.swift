import FoundationEssentials

/// Another project's queue or workflow engine: a script in `Peers`, run by Python in an
/// environment of its own, made when first needed and gone with the run.
struct Peer: Sendable {
    let bench: Bench
    /// The script, and the name in the table.
    let name: String
    /// What `pip install` is given.
    let packages: [String]
    let script: [UInt8]

    /// Installs it; throws with pip's reason when that is not possible.
    func install() async throws -> InstalledPeer {
        let home = bench.files.path(name)
        try await run(bench.programs.python, ["-m", "venv", home], within: .seconds(120))
        try await run(
            home + "/bin/pip",
            ["install", "--quiet", "--disable-pip-version-check"] + packages, within: .seconds(600))
        let file = try bench.files.write(String(decoding: script, as: UTF8.self), as: name + ".py")
        return InstalledPeer(bench: bench, name: name, python: home + "/bin/python", script: file)
    }

    private func run(_ program: String, _ arguments: [String], within: Duration) async throws {
        let child = try ChildProcess(program, arguments, files: bench.files)
        guard try await child.end(within: within).code == 0 else {
            throw BenchError("cannot be installed: \(child.errorTail)")
        }
    }
}
