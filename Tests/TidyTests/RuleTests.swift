import Testing

/// The rules find what they are for; without these, a broken rule would look like a tidy tree.
@Suite("the rules of the source tree")
struct RuleTests {
    private func found(
        _ rule: (SourceFile) -> [Violation], _ path: String, _ text: String
    ) -> [Int] {
        rule(SourceFile(path: path, text: text)).map(\.line)
    }

    @Test(
        "an import across the layers is found",
        arguments: [
            ("JSON", "import FoundationEssentials\nimport Glibc", []),
            ("JSON", "import Foundation", [1]),
            ("JSON", "// import HTTP", []), ("JSON", "import JSONSchema", [1]),
            ("JSONSchema", "import JSON\nimport DequeModule", []),
            ("Models", "import HTTP\nimport Journal", []),
            ("Models", "import Postgres", [1]), ("Jobs", "\n@preconcurrency import RunLog", [2]),
            ("Jobs", "internal import struct RunLog.Report", [1]), ("Jobs", "import Logging", [1]),
            ("Worker", "import Logging\nimport Tools", []), ("Worker", "import CLibPQ", [1]),
            ("EventLoop", "import CEventLoop", []), ("Postgres", "import CEventLoop", [1]),
            ("agent-enqueue", "import Jobs\nimport ArgumentParser", []),
            ("agent-enqueue", "import HTTP", [1]),
            ("model-stub", "import NIOCore", []), ("agent-worker", "import NIOCore", [1]),
            ("Unknown", "", [1]), ("HTTP", "import Dispatch", [1]),
        ] as [(String, String, [Int])])
    func imports(module: String, text: String, lines: [Int]) {
        #expect(found(ImportRules.violations, "Sources/\(module)/A.swift", text) == lines)
    }

    @Test("the table of modules has no cycle")
    func cycles() {
        var rest = ImportRules.modules.mapValues { $0.intersection(ImportRules.modules.keys) }
        while let (name, _) = rest.first(where: { $0.value.isEmpty }) {
            rest[name] = nil
            rest = rest.mapValues { $0.subtracting([name]) }
        }
        #expect(rest.keys.sorted() == [])
    }

    @Test(
        "leftovers are found",
        arguments: [
            ("let a = 1", []), ("// TODO: this", [1]), ("\n// FIXME", [2]), ("let XXXX = 1", []),
            ("// XXX", [1]),
        ] as [(String, [Int])])
    func notes(text: String, lines: [Int]) {
        #expect(found(LeftoverRules.notes, "Sources/Jobs/A.swift", text) == lines)
    }

    @Test(
        "calls are found outside comments",
        arguments: [
            ("try! f()", [1]), ("// never try!", []), ("Task.detached {}", [1]),
            ("fatalError(\"not yet\")", [1]),
            ("print(1)", [1]), ("x.print(1)", []), ("blueprint(1)", []),
            ("let url = \"http://a\" + try! f()", [1]),
        ] as [(String, [Int])])
    func calls(text: String, lines: [Int]) {
        #expect(found(LeftoverRules.calls, "Sources/Jobs/A.swift", text) == lines)
        if text == "print(1)" {
            #expect(found(LeftoverRules.calls, "Sources/agent-worker/A.swift", text) == [])
        }
    }

    @Test(
        "an unexplained claim of sendability is found",
        arguments: [
            ("final class A: @unchecked Sendable {}", [1]),
            ("// why\nfinal class A: @unchecked Sendable {}", []),
            ("// why\n\n\n\nfinal class A: @unchecked Sendable {}", [5]),
        ] as [(String, [Int])])
    func sendable(text: String, lines: [Int]) {
        #expect(found(LeftoverRules.uncheckedSendable, "Sources/Jobs/A.swift", text) == lines)
    }

    @Test(
        "a sleep is found",
        arguments: [
            ("try await Task.sleep(for: .seconds(1))", [1]), ("usleep(10)", [1]), ("sleep(1)", [1]),
            ("select pg_sleep(1)", []), ("clock.sleep(1)", [1]), ("asleep(1)", []),
        ] as [(String, [Int])])
    func sleeps(text: String, lines: [Int]) {
        #expect(found(LeftoverRules.sleeps, "Tests/JobsTests/A.swift", text) == lines)
    }

    @Test(
        "an empty name is found",
        arguments: [
            ("JobUtils", 1), ("Job+Helpers", 1), ("ConnectionManager", 1), ("NewJob", 1),
            ("News", 0),
            ("Commonality", 0), ("Job", 0), ("JSONNewline", 0),
        ])
    func names(stem: String, count: Int) {
        #expect(found(FileRules.name, "Sources/Jobs/\(stem).swift", "").count == count)
    }

    @Test("a file of 451 lines is found")
    func lengths() {
        #expect(
            found(FileRules.length, "Sources/Jobs/A.swift", String(repeating: "\n", count: 450))
                == [])
        #expect(
            found(FileRules.length, "Sources/Jobs/A.swift", String(repeating: "\n", count: 451))
                == [451])
    }

    @Test("a setting that is not documented is found")
    func settings() {
        let file = SourceFile(
            path: "deploy/a", text: "AGENT_WORKER_A=1\nAGENT_WORKER_B=1\nAGENT_WORKER_*")
        let found = FileRules.undocumentedSettings(in: file, readme: "`AGENT_WORKER_A`")
        #expect(found.map(\.line) == [2])
    }
}
