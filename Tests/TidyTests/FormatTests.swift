import Foundation
import Testing

@Suite("layout")
struct FormatTests {
    @Test("swift format has nothing to say")
    func lint() throws {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let tool = path.split(separator: ":").map { "\($0)/swift" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let tool else {
            print("skipped: swift is not on PATH, so swift format cannot run")
            return
        }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: tool)
        process.currentDirectoryURL = URL(filePath: SourceTree.root)
        process.arguments = [
            "format", "lint", "--strict", "-r", "Package.swift", "Sources", "Tests",
        ]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let report = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(String(decoding: report, as: UTF8.self))")
    }
}
