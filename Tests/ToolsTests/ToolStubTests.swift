import EventLoop
import Foundation
import HTTP
import JSON
import TestSupport
import Testing

@testable import Tools

/// Against the tools of the package's own `model-stub`, when it is built beside the tests.
@Suite("Actions against model-stub")
struct ToolStubTests {
    @Test("items are counted, statuses mapped, keys passed on")
    func tools() async throws {
        let binary = Binary.path("model-stub")
        guard FileManager.default.isExecutableFile(atPath: binary) else {
            print("skipped: there is no model-stub beside the tests")
            return
        }
        let stub = try TestProcess(binary, ["--die-with-parent"])
        defer { stub.terminate() }
        let line = try await stub.waitForLine(containing: "listening on ")
        let address = String(line.split(separator: " ").last ?? "")
        let http = HTTPClient(loop: EventLoop(name: "tools"))
        func call(_ template: JSONValue, _ arguments: JSONValue) async throws -> ToolResult {
            var request = template
            request["url"] = .string(address + (template["url"]?.stringValue ?? ""))
            let caller = ToolCaller(
                catalog: try Definitions.catalog(Definitions.file(request: request)), http: http,
                credentials: FixedCredentials())
            return await caller.call(
                plugin: "mail", action: "send", arguments: arguments, idempotencyKey: "run/7")
        }
        let items = try await call(
            ["method": "GET", "url": "/tools/items", "query": ["count": "{{count}}"]],
            ["id": "1", "count": 5])
        #expect(items.success && items.itemsReturned == 5)
        let status = try await call(
            ["method": "GET", "url": "/tools/status/{{id}}"], ["id": "404"])
        #expect(status.error?.code == "NOT_FOUND" && status.error?.detail == "Status 404.")
        let counter = try await call(
            ["method": "POST", "url": "/tools/counter", "idempotent": true], ["id": "1"])
        #expect(counter.data["key"] == "run/7" && counter.data["count"] == 1)
        let echo = try await call(
            ["method": "POST", "url": "/tools/echo", "body": ["s": "{{subject}}"]],
            ["id": "1", "subject": "größe"])
        #expect(echo.data["echo"] == ["s": "größe"])
        await http.shutdown()
    }
}
