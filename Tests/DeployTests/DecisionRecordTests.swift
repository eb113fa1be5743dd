import Foundation
import TestSupport
import Testing

@Suite("decision records")
struct DecisionRecordTests {
    private static let catalogue = PackageRoot.path("Sources/Worker/Documentation.docc")

    /// The records' file names without their extension, in order.
    private static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: catalogue + "/Decisions")) ?? [])
        .filter { $0.hasSuffix(".md") }.map { String($0.dropLast(3)) }.sorted()

    @Test("every record says context, decision and consequences", arguments: names)
    func sections(name: String) throws {
        let text = try String(
            contentsOfFile: "\(Self.catalogue)/Decisions/\(name).md", encoding: .utf8)
        #expect(text.hasPrefix("# "))
        for section in ["## Context", "## Decision", "## Consequences"] {
            #expect(text.contains("\n\(section)\n"), "\(section)")
        }
    }

    @Test("records are numbered without gaps and listed in the catalogue's first page")
    func numbers() throws {
        let page = try String(
            contentsOfFile: Self.catalogue + "/Documentation.md", encoding: .utf8)
        for (position, name) in Self.names.enumerated() {
            let number = String(position + 1)
            let prefix = String(repeating: "0", count: 4 - number.count) + number + "-"
            #expect(name.hasPrefix(prefix))
            #expect(page.contains("- <doc:\(name)>"))
        }
        #expect(!Self.names.isEmpty)
    }
}
