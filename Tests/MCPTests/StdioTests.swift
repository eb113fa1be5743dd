import Foundation
import JSON
import Journal
import TestSupport
import Testing

@testable import Tools

@Suite("Servers on stdio")
struct StdioTests {
    @Test(
        "the era is found out, once for a server",
        arguments: [("legacy", ""), ("modern", ""), ("both", ""), ("legacy", "fragile")])
    func eras(era: String, manner: String) async throws {
        let server = ScriptedServer(era, manner.isEmpty ? nil : manner)
        try await Harness.with(server.definition) { harness in
            try await harness.caller.prepare(plugins: ["peer"])
            #expect(harness.caller.hasAction(plugin: "peer", action: "echo"))
            let first = await harness.call("echo", ["text": "größe"])
            #expect(first.data == ["text": "größe"])
            _ = await harness.call("die")
            let second = await harness.call("echo", ["text": "b"])
            #expect(second.data == ["text": "b"])
        }
        let isLegacy = era == "legacy"
        #expect(server.count(method: "server/discover") == 1)
        // A fragile server is started once more, in the old era.
        #expect(server.starts == (manner == "fragile" ? 3 : 2))
        #expect(server.count(method: "initialize") == (isLegacy ? 2 : 0))
        #expect(server.count(method: "notifications/initialized") == (isLegacy ? 2 : 0))
        let call = try #require(server.messages.last { $0["method"] == "tools/call" })
        let meta = try #require(call["params"]?["_meta"])
        #expect(meta["agent-worker/idempotencyKey"] == "run/1")
        let version = meta["io.modelcontextprotocol/protocolVersion"]
        #expect(version == (isLegacy ? nil : "2026-07-28"))
    }

    @Test("a server that is silent to the question is one of the old era")
    func mute() async throws {
        let server = ScriptedServer("legacy", "mute")
        var limits = Harness.quick
        limits.probeTimeout = .milliseconds(500)
        let result = try await Harness.with(server.definition, mcp: limits) { harness in
            await harness.call("echo", ["text": "a"])
        }
        #expect(result.data == ["text": "a"])
    }

    @Test("a list of several pages gives functions with names that providers take")
    func list() async throws {
        let server = ScriptedServer("both")
        try await Harness.with(server.definition) { harness in
            #expect(harness.caller.definitions(plugins: ["peer"]).isEmpty)
            try await harness.caller.prepare(plugins: ["peer", "absent"])
            try await harness.caller.prepare(plugins: ["peer"])
            let names = harness.caller.definitions(plugins: ["absent", "peer"]).map(\.name)
            #expect(names.count == 19)
            #expect(names.contains("peer__die_x2Esafely"))
            func effect(_ action: String) -> SideEffect {
                harness.caller.sideEffect(plugin: "peer", action: action)
            }
            #expect(effect("echo") == .none)
            #expect(effect("die_x2Esafely") == .idempotent)
            #expect(effect("die") == .once)
            #expect(effect("absent") == .once)
        }
        // ttlMs: the second preparation asked nothing.
        #expect(server.count(method: "tools/list") == 3)
    }

    @Test("a list that the server says has changed is asked for again")
    func changed() async throws {
        let server = ScriptedServer("both")
        try await Harness.with(server.definition) { harness in
            try await harness.caller.prepare(plugins: ["peer"])
            #expect(!harness.caller.hasAction(plugin: "peer", action: "grown"))
            #expect(await harness.call("grow").success)
            try await harness.caller.prepare(plugins: ["peer"])
            #expect(harness.caller.hasAction(plugin: "peer", action: "grown"))
        }
    }

    @Test("the definition limits the tools and may correct their effects")
    func allowed() async throws {
        let server = ScriptedServer("both")
        var definition = server.definition
        definition["tools"] = ["echo", "die"]
        definition["effects"] = ["die": "idempotent"]
        try await Harness.with(definition) { harness in
            try await harness.caller.prepare(plugins: ["peer"])
            let names = harness.caller.definitions(plugins: ["peer"]).map(\.name)
            #expect(names == ["peer__echo", "peer__die"])
            #expect(harness.caller.sideEffect(plugin: "peer", action: "die") == .idempotent)
            #expect(await harness.call("fail").error?.code == "ACTION_NOT_FOUND")
        }
    }

    @Test("replies out of order reach their callers")
    func order() async throws {
        let server = ScriptedServer("legacy")
        try await Harness.with(server.definition) { harness in
            try await harness.caller.prepare(plugins: ["peer"])
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<5 {
                    group.addTask {
                        let result = await harness.call("hold", ["text": .string("n\(number)")])
                        #expect(result.data == ["text": .string("n\(number)")])
                    }
                }
                group.addTask {
                    do {
                        try await server.waitUntil("five calls") { server in
                            server.lines.filter { $0 == "call hold" }.count == 5
                        }
                    } catch {
                        Issue.record(error)
                    }
                    #expect(await harness.call("release").success)
                }
            }
        }
    }

    @Test("what a tool reports as its error is told to the model and never logged")
    func isError() async throws {
        let server = ScriptedServer("both")
        try await Harness.with(server.definition) { harness in
            let failed = await harness.call("fail", ["text": "the disk is full"])
            #expect(!failed.success)
            #expect(failed.error?.code == "PLUGIN_EXECUTION_FAILED")
            #expect(failed.error?.detail == "the disk is full")
            #expect(failed.error?.isOutcomeUnknown == false)
            #expect(failed.error?.description.contains("disk") == false)
            #expect(failed.modelText().contains("the disk is full"))
            let cases = [
                (-32602, "VALIDATION_ERROR"), (-32601, "ACTION_NOT_FOUND"),
                (-32603, "PLUGIN_EXECUTION_FAILED"), (-32001, "TIMEOUT"),
            ]
            for (code, name) in cases {
                let error = await harness.call("refuse", ["code": JSONValue(code)]).error
                #expect(error?.code == name)
                #expect(error?.detail == "No, said the server.")
                #expect(error?.isOutcomeUnknown == (code == -32001))
            }
        }
    }

    @Test("arguments that do not fit the tool's schema are not sent")
    func validation() async throws {
        let server = ScriptedServer("both")
        try await Harness.with(server.definition) { harness in
            let error = await harness.call("strict", ["count": "three"]).error
            #expect(error?.code == "VALIDATION_ERROR")
            #expect(error?.detail?.contains("count") == true)
            #expect(await harness.call("strict", ["count": 3]).data == ["text": "3"])
        }
        #expect(server.lines.filter { $0 == "call strict" }.count == 1)
    }

    @Test("content becomes data: structure as it is, texts joined, links kept, pictures named")
    func content() async throws {
        let server = ScriptedServer("both")
        try await Harness.with(server.definition) { harness in
            let structured = await harness.call("structured")
            #expect(structured.data == ["items": [1, 2, 3]] && structured.itemsReturned == 3)
            let rich = await harness.call("rich").data
            #expect(rich["text"] == "one\ntwo")
            #expect(rich["resources"]?[0]?["uri"] == "file:///a")
            #expect(rich["resources"]?[1]?["text"] == "inside")
            #expect(
                rich["media"] == [["type": "image", "mimeType": "image/png", "bytes": 3]])
        }
    }

    @Test("lines that are no messages do no harm")
    func garbage() async throws {
        let server = ScriptedServer("both")
        try await Harness.with(server.definition) { harness in
            #expect(await harness.call("garbage").data == ["text": "after garbage"])
            #expect(await harness.call("echo", ["text": "x"]).success)
        }
    }

    @Test("a line beyond the limit fails its own call only")
    func huge() async throws {
        let server = ScriptedServer("both")
        let limits = ToolLimits(maxResponseBytes: 100_000)
        try await Harness.with(server.definition, limits: limits) { harness in
            async let held = harness.call("hold", ["text": "still here"])
            try await server.waitUntil("the held call") { $0.lines.contains("call hold") }
            let error = await harness.call("huge", ["bytes": 3_000_000]).error
            #expect(error?.code == "RESPONSE_TOO_LARGE")
            #expect(await harness.call("huge", ["bytes": 90_000]).success)
            #expect(await harness.call("release").success)
            #expect(await held.data == ["text": "still here"])
        }
        #expect(server.starts == 1)
    }

    @Test("a request beyond the limit is not sent")
    func hugeRequest() async throws {
        let server = ScriptedServer("both")
        let limits = ToolLimits(maxRequestBytes: 5000)
        try await Harness.with(server.definition, limits: limits) { harness in
            let long = JSONValue.string(String(repeating: "x", count: 6000))
            let error = await harness.call("echo", ["text": long]).error
            #expect(error?.code == "VALIDATION_ERROR" && error?.isOutcomeUnknown == false)
            #expect(await harness.call("echo", ["text": "x"]).success)
        }
    }

    @Test("a server that asks whether we live gets an answer, other questions a refusal")
    func ping() async throws {
        let server = ScriptedServer("legacy")
        try await Harness.with(server.definition) { harness in
            #expect(await harness.call("ping").success)
            try await server.waitUntil("the answers") { $0.lines.contains { $0.contains("s2") } }
        }
        #expect(server.messages.contains(["jsonrpc": "2.0", "id": "s1", "result": [:]]))
        let refused = server.messages.first { $0["id"] == "s2" }
        #expect(refused?["error"]?["code"] == -32601)
    }
}
