import Foundation
import JSON
import Journal
import TestSupport
import Testing

@testable import Tools

@Suite("Servers on stdio that fail, stall, ask and end")
struct StdioFailureTests {
    @Test(
        "a death in mid call leaves the outcome unknown, unless the tool may be repeated",
        arguments: [("die", true), ("die_x2Esafely", false)])
    func death(action: String, isUnknown: Bool) async throws {
        let server = ScriptedServer("both")
        try await Harness.with(server.definition) { harness in
            let error = try #require(await harness.call(action).error)
            #expect(error.code == "NETWORK_ERROR")
            #expect(error.isOutcomeUnknown == isUnknown)
            #expect(error.isRetryable != isUnknown)
            #expect(await harness.call("echo", ["text": "alive"]).success)
        }
        #expect(server.starts == 2)
        // Nothing was repeated behind the caller's back.
        #expect(server.lines.filter { $0.hasPrefix("call die") }.count == 1)
    }

    @Test("a call beyond its time limit is taken back and does not hold up the next")
    func timeout() async throws {
        let server = ScriptedServer("legacy")
        var definition = server.definition
        definition["timeout_ms"] = 2000
        try await Harness.with(definition) { harness in
            try await harness.caller.prepare(plugins: ["peer"])
            let error = try #require(await harness.call("hang").error)
            #expect(error.code == "TIMEOUT" && error.isOutcomeUnknown && !error.isRetryable)
            try await server.waitUntil("the cancellation") {
                $0.count(method: "notifications/cancelled") == 1
            }
            #expect(await harness.call("echo", ["text": "x"]).success)
        }
        let call = server.messages.first { $0["method"] == "tools/call" }
        let cancelled = server.messages.first { $0["method"] == "notifications/cancelled" }
        #expect(cancelled?["params"]?["requestId"] == call?["id"])
    }

    @Test("cancelling the task takes the call back at once", arguments: ["legacy", "modern"])
    func cancellation(era: String) async throws {
        let server = ScriptedServer(era)
        try await Harness.with(server.definition) { harness in
            let task = Task { await harness.call("hang") }
            try await server.waitUntil("the call") { $0.lines.contains("call hang") }
            task.cancel()
            let error = try #require(await task.value.error)
            #expect(error.code == "CANCELLED" && error.failureClass == .cancelled)
            #expect(error.isOutcomeUnknown)
            try await server.waitUntil("the cancellation") {
                $0.count(method: "notifications/cancelled") == 1
            }
        }
    }

    @Test("a question to a person is an outcome of its own, and the answer goes on with the call")
    func question() async throws {
        let server = ScriptedServer("modern")
        try await Harness.with(server.definition) { harness in
            let asked = await harness.call("ask", ["amount": 5])
            #expect(asked.error?.code == "INPUT_REQUIRED" && asked.error?.isRetryable == false)
            let request = try #require(asked.inputRequest)
            #expect(request.questions.map(\.message) == ["Pay 5?"])
            let kept = try ToolInputRequest(journalled: request.journalled)
            #expect(kept == request)
            let yes = ToolInputAnswer(accepting: kept, ["sure": true])
            let answer = try ToolInputAnswer(journalled: yes.journalled)
            let accepted = await harness.call("ask", ["amount": 5], answer: answer)
            #expect(accepted.data == ["text": "accept {'sure': True} state-1"])
            let refused = await harness.call(
                "ask", ["amount": 5], answer: ToolInputAnswer(declining: kept))
            #expect(refused.data == ["text": "decline None state-1"])
        }
    }

    @Test("a server that only wants to be asked again is, but not for ever")
    func again() async throws {
        let server = ScriptedServer("modern")
        try await Harness.with(server.definition) { harness in
            #expect(await harness.call("again", ["rounds": 2]).data == ["text": "after 3"])
            let error = await harness.call("again", ["rounds": 9]).error
            #expect(error?.code == "INVALID_RESPONSE")
        }
    }

    @Test("a server has the environment of its definition and nothing else")
    func environment() async throws {
        let secret = "s3cret-canary-value"
        let server = ScriptedServer("both")
        var definition = server.definition
        definition["env"]?["TOKEN"] = "Bearer {{credential:KEY}}"
        try await Harness.with(definition, credentials: ["KEY": secret]) { harness in
            let result = await harness.call("environment")
            // A python3 that is a shell script adds some of its own.
            let own = ["LC_CTYPE", "PWD", "SHLVL", "_"]
            let names = (result.data.objectValue?.keys ?? []).filter {
                !$0.contains("PYENV") && !own.contains($0)
            }
            #expect(Set(names) == ["PATH", "TOKEN"])
            // It arrived, and is masked on its way back.
            #expect(result.data["TOKEN"]?.stringValue?.hasPrefix("Bearer ") == true)
            #expect(!result.data.serialized.contains(secret))
        }
        try await Harness.with(definition) { harness in
            let error = await harness.call("environment").error
            #expect(error?.code == "AUTH_FAILED")
            #expect(error?.message.contains("KEY") == true)
        }
        #expect(server.starts == 1)
    }

    @Test("what a server started ends with it")
    func group() async throws {
        let server = ScriptedServer("both")
        let pids = try await Harness.with(server.definition) { harness in
            let data = await harness.call("child").data
            return [data["pid"]?.intValue ?? 0, data["own"]?.intValue ?? 0]
        }
        #expect(pids.allSatisfy { $0 > 1 })
        try await eventually(within: .seconds(10), "the end of the group") {
            pids.allSatisfy { Self.isGone($0) }
        }
        #expect(server.lines.last == "end of input")
    }

    @Test("after the shutdown nothing is called or started")
    func shutdown() async throws {
        let server = ScriptedServer("both")
        try await Harness.with(server.definition) { harness in
            #expect(await harness.call("echo", ["text": "x"]).success)
            await harness.servers.shutdown()
            let error = await harness.call("echo", ["text": "x"]).error
            #expect(error?.code == "CANCELLED" && error?.failureClass == .shutdown)
        }
        #expect(server.starts == 1)
    }

    @Test("a server that is still starting is stopped too, and its callers are told")
    func shutdownWhileStarting() async throws {
        let server = ScriptedServer("legacy", "mute")
        try await Harness.with(server.definition) { harness in
            let task = Task { await harness.call("echo", ["text": "x"]) }
            try await server.waitUntil("the question of the era") {
                $0.count(method: "server/discover") == 1
            }
            await harness.servers.shutdown()
            #expect(await task.value.error?.failureClass == .shutdown)
        }
        let pid = server.lines.first.flatMap { Int($0.dropFirst("start ".count)) }
        #expect(Self.isGone(try #require(pid)))
        #expect(server.lines.last == "end of input")
    }

    @Test("many first callers start one server")
    func onlyOne() async throws {
        let server = ScriptedServer("both")
        try await Harness.with(server.definition) { harness in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let text = JSONValue.string("n\(number)")
                        let result = await harness.call("echo", ["text": text])
                        #expect(result.data == ["text": text])
                    }
                }
            }
        }
        #expect(server.starts == 1 && server.count(method: "server/discover") == 1)
    }

    @Test("a program that is not there, or ends at once, is a fault that may pass")
    func missing() async throws {
        for command in [["/nonexistent/mcp-server"], ["true"], ["cat", "/dev/null"]] {
            let definition: JSONValue = ["command": .array(command.map { .string($0) })]
            let errors = try await Harness.with(definition) { harness in
                await #expect(throws: ToolError.self) {
                    try await harness.caller.prepare(plugins: ["peer"])
                }
                return [await harness.call("echo").error]
            }
            #expect(errors.first??.code == "NETWORK_ERROR")
            #expect(errors.first??.isRetryable == true)
        }
    }

    private static func isGone(_ pid: Int) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
            return true
        }
        // A zombie waits for its parent only.
        return text.contains(") Z ")
    }
}
