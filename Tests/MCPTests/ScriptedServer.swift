import Foundation
import JSON
import TestSupport

/// The scripted server of `Resources`, and what it was sent.
struct ScriptedServer: Sendable {
    let log: String
    private let words: [String]

    init(_ era: String, _ manner: String? = nil) {
        log = NSTemporaryDirectory() + "mcp-\(UUID().uuidString).log"
        words = [Resource.path("scripted_server.py"), era, log] + (manner.map { [$0] } ?? [])
    }

    /// The `mcp` member of a definition file.
    var definition: JSONValue {
        [
            "command": .array((["python3"] + words).map { .string($0) }),
            // Python finds itself by PATH.
            "env": ["PATH": .string(ProcessInfo.processInfo.environment["PATH"] ?? "")],
        ]
    }

    /// What the server noted so far.
    var lines: [String] {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { String($0) }
    }

    /// The messages it was sent, in order.
    var messages: [JSONValue] { lines.compactMap { try? JSONValue(parsing: $0) } }

    var starts: Int { lines.filter { $0.hasPrefix("start ") }.count }

    func count(method: String) -> Int {
        messages.filter { $0["method"]?.stringValue == method }.count
    }

    /// Waits until the server has noted something.
    func waitUntil(_ what: String, _ holds: (ScriptedServer) -> Bool) async throws {
        try await eventually(within: .seconds(30), what) { holds(self) }
    }
}

/// Files beside the tests.
enum Resource {
    static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources/\(name)")
            .path
    }
}
