import Foundation
import JSON
import TestSupport
import Testing

@testable import Tools

/// Servers as they are published, installed on first use. Alone: `swift test --filter RealServer`.
@Suite("Real servers from PyPI", .serialized)
struct RealServerTests {
    private static var temporary: String {
        NSTemporaryDirectory() + "mcp-real-\(UUID().uuidString)"
    }

    @Test("mcp-server-time: the new era on stdio, structured answers, tools that only read")
    func time() async throws {
        guard let programs = await PythonEnvironment.current.programs() else { return }
        try await Harness.with(["command": [.string(programs + "/mcp-server-time")]]) { harness in
            try await harness.caller.prepare(plugins: ["peer"])
            let names = harness.caller.definitions(plugins: ["peer"]).map(\.name)
            #expect(Set(names).isSuperset(of: ["peer__get_current_time", "peer__convert_time"]))
            let arguments: JSONValue = [
                "source_timezone": "Europe/Berlin", "time": "12:00",
                "target_timezone": "Asia/Tokyo",
            ]
            let converted = await harness.call("convert_time", arguments)
            #expect(converted.data["target"]?["timezone"] == "Asia/Tokyo")
            #expect(converted.data["time_difference"]?.stringValue?.hasPrefix("+") == true)
            let effect = harness.caller.sideEffect(plugin: "peer", action: "convert_time")
            #expect(effect == .none)
            let failed = await harness.call("get_current_time", ["timezone": "Europe/Bogus"])
            #expect(failed.error?.code == "PLUGIN_EXECUTION_FAILED")
            #expect(failed.error?.detail?.contains("Bogus") == true)
            // Many at once on one pipe.
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let now = await harness.call("get_current_time", ["timezone": "Etc/UTC"])
                        #expect(now.data["timezone"] == "Etc/UTC")
                    }
                }
            }
        }
    }

    @Test("mcp-server-git: a repository is read and written")
    func git() async throws {
        guard let programs = await PythonEnvironment.current.programs() else { return }
        let directory = Self.temporary
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let process = try TestProcess("/usr/bin/env", ["git", "init", "-q", directory])
        guard try await process.waitForExit() == .code(0) else {
            print("skipped: there is no git")
            return
        }
        try Data("hello\n".utf8).write(to: URL(filePath: directory + "/a.txt"))
        let definition: JSONValue = [
            "command": [
                .string(programs + "/mcp-server-git"), "--repository", .string(directory),
            ],
            "env": [
                "PATH": .string(ProcessInfo.processInfo.environment["PATH"] ?? ""),
                "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@h.example",
                "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@h.example",
            ],
        ]
        let path = JSONValue.string(directory)
        try await Harness.with(definition) { harness in
            let status = await harness.call("git_status", ["repo_path": path])
            #expect(status.data.serialized.contains("a.txt"), "\(status)")
            let added = await harness.call("git_add", ["repo_path": path, "files": ["a.txt"]])
            #expect(added.success, "\(added)")
            let message: JSONValue = ["repo_path": path, "message": "First"]
            #expect(await harness.call("git_commit", message).success)
            let log = await harness.call("git_log", ["repo_path": path])
            #expect(log.data.serialized.contains("First"))
            let wrong = await harness.call("git_status", ["repo_path": "/nonexistent"])
            #expect(!wrong.success)
            #expect(await harness.call("git_status", [:]).error?.code == "VALIDATION_ERROR")
        }
    }

    @Test("mcp-server-sqlite: the old era, and a database that proves what ran and how often")
    func sqlite() async throws {
        guard let programs = await PythonEnvironment.legacy.programs() else { return }
        let database = Self.temporary + ".db"
        defer { try? FileManager.default.removeItem(atPath: database) }
        let definition: JSONValue = [
            "command": [
                .string(programs + "/mcp-server-sqlite"), "--db-path", .string(database),
            ]
        ]
        func query(_ sql: String) -> JSONValue { ["query": .string(sql)] }
        try await Harness.with(definition) { harness in
            let table = "create table runs (id integer primary key, note text)"
            #expect(await harness.call("create_table", query(table)).success)
            for number in 1...5 {
                let insert = query("insert into runs (note) values ('run \(number)')")
                #expect(await harness.call("write_query", insert).success)
            }
            // This server reports its errors as results: nothing can tell them from answers.
            let wrong = await harness.call("write_query", query("nonsense"))
            #expect(wrong.success && wrong.data.serialized.contains("error"))
            #expect(harness.caller.sideEffect(plugin: "peer", action: "write_query") == .once)
        }
        // Another process reads what the first one wrote.
        try await Harness.with(definition) { harness in
            let rows = await harness.call(
                "read_query", query("select count(*) as n, count(distinct note) as d from runs"))
            #expect(rows.data == ["text": "[{'n': 5, 'd': 5}]"])
        }
    }

    @Test("an answer that is lost after the work was done: unknown, not repeated, done once")
    func lostAnswer() async throws {
        guard let programs = await PythonEnvironment.legacy.programs() else { return }
        let database = Self.temporary + ".db"
        defer { try? FileManager.default.removeItem(atPath: database) }
        let definition: JSONValue = [
            "command": [
                .string(programs + "/python3"), .string(Resource.path("lossy_relay.py")),
                .string(programs + "/mcp-server-sqlite"), "--db-path", .string(database),
            ]
        ]
        try await Harness.with(definition) { harness in
            let table: JSONValue = ["query": "create table payments (note text)"]
            #expect(await harness.call("create_table", table).success)
            let pay: JSONValue = [
                "query": "insert into payments values ('x') /* lose this answer */"
            ]
            let error = try #require(await harness.call("write_query", pay).error)
            #expect(error.code == "NETWORK_ERROR")
            #expect(error.isOutcomeUnknown && !error.isRetryable)
            // A new server, and the work of the old one.
            let rows = await harness.call(
                "read_query", ["query": "select count(*) as n from payments"])
            #expect(rows.data == ["text": "[{'n': 1}]"])
        }
    }

    @Test(
        "a server of the SDK over HTTP: either era, JSON and events",
        arguments: [("current", false), ("current", true), ("legacy", false), ("legacy", true)])
    func http(environment: String, json: Bool) async throws {
        let python: PythonEnvironment = environment == "legacy" ? .legacy : .current
        guard let programs = await python.programs() else { return }
        let server = try TestProcess(
            programs + "/python3",
            [Resource.path("http_server.py")] + (json ? ["json"] : []))
        defer { server.terminate(SIGKILL) }
        let line = try await server.waitForLine(
            containing: "listening on ", timeout: .seconds(90))
        let url = String(line.split(separator: " ").last ?? "")
        try await Harness.with(["url": .string(url)]) { harness in
            try await harness.caller.prepare(plugins: ["peer"])
            #expect(await harness.call("add", ["a": 2, "b": 40]).data == ["result": 42])
            for number in 1...3 {
                let count = await harness.call("count").data
                #expect(count == ["result": .string(String(number))])
            }
            let failed = await harness.call("explode")
            #expect(failed.error?.detail?.contains("explode") == true)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        let sum = await harness.call("add", ["a": JSONValue(number), "b": 1])
                        #expect(sum.data == ["result": JSONValue(number + 1)])
                    }
                }
            }
            let task = Task { await harness.call("linger") }
            try await server.waitForLine(containing: "lingering")
            task.cancel()
            let error = await task.value.error
            #expect(error?.code == "CANCELLED" && error?.isOutcomeUnknown == true)
            // With plain JSON the newer SDK does not watch whether its client is still there.
            if environment == "legacy" || !json {
                try await server.waitForLine(containing: "stopped")
            }
        }
    }

    @Test("a server that is started anew at the same place has forgotten the session only")
    func restart() async throws {
        guard let programs = await PythonEnvironment.legacy.programs() else { return }
        let script = Resource.path("http_server.py")
        let first = try TestProcess(programs + "/python3", [script])
        defer { first.terminate(SIGKILL) }
        let line = try await first.waitForLine(
            containing: "listening on ", timeout: .seconds(90))
        let url = String(line.split(separator: " ").last ?? "")
        let port = url.split(separator: ":").last?.prefix { $0.isNumber } ?? ""
        try await Harness.with(["url": .string(url)]) { harness in
            #expect(await harness.call("count").data == ["result": "1"])
            first.terminate(SIGKILL)
            _ = try await first.waitForExit()
            let gone = await harness.call("count").error
            #expect(gone?.code == "NETWORK_ERROR" && gone?.isOutcomeUnknown == false)
            let second = try TestProcess(programs + "/python3", [script, String(port)])
            defer { second.terminate(SIGKILL) }
            try await second.waitForLine(
                containing: "listening on ", timeout: .seconds(90))
            #expect(await harness.call("count").data == ["result": "1"])
        }
    }
}
