import FoundationEssentials
import Synchronization

/// A directory for what the measured programs read and write; gone with the run.
final class ScratchFiles: Sendable {
    let directory: String
    private let last = Atomic<Int>(0)

    init() throws {
        directory =
            FileManager.default.temporaryDirectory.path + "/agent-bench-"
            + UUID().uuidString.lowercased()
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    /// A path that was not given before.
    func path(_ name: String) -> String {
        "\(directory)/\(last.add(1, ordering: .relaxed).newValue)-\(name)"
    }

    /// A new file with this content; its path.
    func write(_ text: String, as name: String) throws -> String {
        let path = path(name)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: directory)
    }
}
