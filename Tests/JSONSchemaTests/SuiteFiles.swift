import FoundationEssentials
import JSON

/// The official JSON Schema test suite, which lies beside the package when it is there at all.
enum SuiteFiles {
    /// The suite's directory; nil when it is absent.
    static let directory: String? = {
        var path = URL(filePath: #filePath)
        for _ in 0..<4 { path.deleteLastPathComponent() }
        let suite = path.appending(path: "shared/data/json-schema-test-suite").path
        return FileManager.default.fileExists(atPath: suite) ? suite : nil
    }()

    /// A file of the suite with several groups of tests.
    struct TestFile: Sendable, CustomStringConvertible {
        let name: String
        let groups: [JSONValue]

        var description: String { name }
    }

    /// The files of a directory of the suite, by name.
    static func files(in path: String) -> [TestFile] {
        guard let directory else {
            print("skipped: the JSON Schema test suite is not beside the package")
            return []
        }
        let folder = "\(directory)/\(path)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            let document = read("\(folder)/\(name)")
            return TestFile(name: name, groups: document.arrayValue ?? [])
        }
    }

    /// The schemas that the suite expects at http://localhost:1234/.
    static let remotes: [String: JSONValue] = {
        guard let directory else { return [:] }
        let root = "\(directory)/remotes"
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
        var remotes: [String: JSONValue] = [:]
        for path in paths where path.hasSuffix(".json") {
            remotes["http://localhost:1234/\(path)"] = read("\(root)/\(path)")
        }
        return remotes
    }()

    private static func read(_ path: String) -> JSONValue {
        guard let data = FileManager.default.contents(atPath: path) else { return .null }
        return (try? JSONValue(parsing: Array(data))) ?? .null
    }
}
