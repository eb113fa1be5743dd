import FoundationEssentials

/// The text files of this package, read from the disk.
enum SourceTree {
    /// The package's root, found from where this file was compiled.
    static let root: String = {
        var path = URL(filePath: #filePath)
        for _ in 0..<3 { path.deleteLastPathComponent() }
        return path.path
    }()

    /// The text files below a top-level directory; none when it does not exist.
    static func files(under directory: String) -> [SourceFile] {
        let folder = "\(root)/\(directory)"
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return paths.sorted().compactMap { file(at: "\(directory)/\($0)") }
    }

    /// The Swift files below a top-level directory.
    static func swiftFiles(under directory: String) -> [SourceFile] {
        files(under: directory).filter { $0.path.hasSuffix(".swift") }
    }

    /// One file; nil when it does not exist or is not UTF-8.
    static func file(at path: String) -> SourceFile? {
        let full = "\(root)/\(path)"
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory),
            !isDirectory, let data = FileManager.default.contents(atPath: full),
            let text = String(validating: data, as: UTF8.self)
        else { return nil }
        return SourceFile(path: path, text: text)
    }

    /// The names at the top level.
    static var topLevel: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted()
    }
}
