import FoundationEssentials
import Testing

@Suite("the source tree")
struct TreeTests {
    private static let allSources = SourceTree.swiftFiles(under: "Sources")
    private static let allTests = SourceTree.swiftFiles(under: "Tests")

    private var sources: [SourceFile] { Self.allSources }
    private var tests: [SourceFile] { Self.allTests }
    /// Without this target, whose rules name what they forbid.
    private var otherTests: [SourceFile] { tests.filter { $0.module != "TidyTests" } }

    @Test("a module imports only what its layer allows")
    func imports() {
        Violation.report(sources.flatMap(ImportRules.violations))
    }

    @Test("no note of unfinished work is left")
    func notes() {
        let others = ["deploy", "migrations"].flatMap(SourceTree.files)
        Violation.report((sources + otherTests + others).flatMap(LeftoverRules.notes))
    }

    @Test("no call is left that shipping code must not make")
    func calls() {
        Violation.report(sources.flatMap(LeftoverRules.calls))
    }

    @Test("every claim of unchecked sendability says why")
    func uncheckedSendable() {
        Violation.report((sources + otherTests).flatMap(LeftoverRules.uncheckedSendable))
    }

    @Test("no test sleeps")
    func sleeps() {
        let files = otherTests.filter { !$0.module.hasSuffix("TestSupport") }
        Violation.report(files.flatMap(LeftoverRules.sleeps))
    }

    @Test("files are short and named for what is in them")
    func files() {
        Violation.report((sources + tests).flatMap(FileRules.name))
        Violation.report((sources + tests).flatMap(FileRules.length))
    }

    @Test("every migration is listed")
    func migrations() {
        let lists = SourceTree.files(under: "Sources/CMigrations")
        if lists.isEmpty { return }
        for file in SourceTree.files(under: "migrations") where file.path.hasSuffix(".sql") {
            let name = file.path.dropFirst("migrations/".count)
            let isListed = lists.contains { $0.lines.contains { $0.contains(name) } }
            if !isListed {
                Violation.report([Violation(file, 1, "not listed in Sources/CMigrations")])
            }
        }
    }

    @Test("every setting is documented")
    func settings() {
        guard let readme = SourceTree.file(at: "README.md") else { return }
        let text = readme.lines.joined(separator: "\n")
        for file in ["Sources", "deploy"].flatMap(SourceTree.files) {
            Violation.report(FileRules.undocumentedSettings(in: file, readme: text))
        }
    }

    @Test("the top level holds only what was agreed")
    func topLevel() {
        let agreed: Set<String> = [
            "LICENSE", "Package.resolved", "Package.swift", "README.md", "Sources", "Tests",
            "deploy", "migrations",
        ]
        for name in SourceTree.topLevel where !name.hasPrefix(".") && !agreed.contains(name) {
            Issue.record("\(name):1: not a name of the top level")
        }
    }
}
