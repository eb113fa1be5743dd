import EventLoop
import HTTP
import HTTPTestSupport
import JSON
import Testing

@testable import Tools

@Suite("Calling actions over HTTP")
struct ToolCallerTests {
    private static let secret = "s3cret-canary-value"

    private func call(
        _ server: CannedServer, _ request: JSONValue, _ arguments: JSONValue = ["id": "1"],
        rules: JSONValue = [:], allow: JSONValue = ["127.0.0.1/32"],
        limits: ToolLimits = ToolLimits(), plugin: String = "mail", action: String = "send"
    ) async throws -> ToolResult {
        var template = request
        template["url"] = .string(server.baseURL + (request["url"]?.stringValue ?? ""))
        template["headers"] = ["X-Key": "{{credential:KEY}}"]
        let http = HTTPClient(loop: EventLoop(name: "tools"))
        let caller = ToolCaller(
            catalog: try Definitions.catalog(
                Definitions.file(request: template, rules: rules, allow: allow)),
            http: http, credentials: FixedCredentials(values: ["KEY": Self.secret]), limits: limits)
        let result = await caller.call(
            plugin: plugin, action: action, arguments: arguments, idempotencyKey: "run/1")
        await http.shutdown()
        return result
    }

    @Test("a call sends what the template says and returns the data, its count and its time")
    func good() async throws {
        let server = try CannedServer { _ in .response(#"{"items":[1,2,3]}"#) }
        let result = try await call(
            server,
            [
                "method": "POST", "url": "/m/{{id}}", "body": ["n": "{{count}}"],
                "idempotent": true,
            ])
        #expect(result.success && result.itemsReturned == 3)
        #expect(result.data == ["items": [1, 2, 3]])
        #expect(result.duration > .zero)
        let request = try #require(server.requests.first)
        #expect(request.method == "POST" && request.target == "/m/1")
        #expect(request.body == #"{"n":3}"#)  // the schema's default
        #expect(request.header("X-Key") == Self.secret)
        #expect(request.header("Idempotency-Key") == "run/1")
    }

    @Test("every fault of the arguments is fed back and nothing is sent")
    func validation() async throws {
        let server = try CannedServer { _ in .response("{}") }
        let result = try await call(
            server, ["method": "GET", "url": "/m"],
            ["to": "not a list", "count": "three", "flag": true])
        let error = try #require(result.error)
        #expect(error.code == "VALIDATION_ERROR")
        for part in ["to", "count", "id"] { #expect(error.detail?.contains(part) == true) }
        #expect(!error.message.contains("three"))
        #expect(result.modelText().contains("three") || error.detail?.contains("count") == true)
        #expect(server.requests.isEmpty)
    }

    @Test("a rule with the action block stops a call")
    func blocked() async throws {
        let server = try CannedServer { _ in .response("{}") }
        let rule: JSONValue = [
            "condition": "to.length > 1", "action": "block", "message": "One at a time",
        ]
        let request: JSONValue = ["method": "GET", "url": "/m"]
        let refused = try await call(
            server, request, ["id": "1", "to": ["a", "b"]], rules: ["limits": ["r": rule]])
        #expect(refused.error?.code == "BLOCKED_BY_RULE")
        #expect(refused.error?.message == "One at a time")
        #expect(server.requests.isEmpty)
        let passed = try await call(
            server, request, ["id": "1", "to": ["a"]], rules: ["limits": ["r": rule]])
        #expect(passed.success)
    }

    @Test("a private address is refused unless the definition allows it")
    func addresses() async throws {
        let server = try CannedServer { _ in .response("{}") }
        for allow in [[], ["10.0.0.0/8"]] as [JSONValue] {
            let result = try await call(server, ["method": "GET", "url": "/m"], allow: allow)
            #expect(result.error?.code == "ADDRESS_REFUSED")
            #expect(result.error?.isRetryable == false)
        }
        #expect(server.requests.isEmpty)
    }

    @Test("unknown plugins and actions are errors, not crashes")
    func unknown() async throws {
        let server = try CannedServer { _ in .response("{}") }
        let request: JSONValue = ["method": "GET", "url": "/m"]
        let plugin = try await call(server, request, plugin: "fax")
        #expect(plugin.error?.code == "PLUGIN_NOT_AVAILABLE")
        let action = try await call(server, request, action: "burn")
        #expect(action.error?.code == "ACTION_NOT_FOUND")
    }

    @Test(
        "without a whole answer only idempotent calls may be repeated",
        arguments: [("GET", true), ("POST", false)])
    func broken(method: String, isRetryable: Bool) async throws {
        let request: JSONValue = ["method": .string(method), "url": "/m", "timeout_ms": 200]
        let answers: [(CannedAnswer, String)] = [
            (.reset, "NETWORK_ERROR"), (.truncated("{\"a\":1}"), "NETWORK_ERROR"),
            (.hang, "TIMEOUT"),
        ]
        for (answer, code) in answers {
            let server = try CannedServer { _ in answer }
            let error = try #require(try await call(server, request).error)
            #expect(error.code == code)
            #expect(error.isRetryable == isRetryable)
            #expect(error.isOutcomeUnknown)
        }
    }

    @Test("an answer beyond the limit is refused")
    func tooLarge() async throws {
        let server = try CannedServer { _ in .response(String(repeating: " ", count: 2000) + "1") }
        let result = try await call(
            server, ["method": "GET", "url": "/m"], limits: ToolLimits(maxResponseBytes: 1000))
        #expect(result.error?.code == "RESPONSE_TOO_LARGE")
        #expect(result.error?.isRetryable == false)
    }

    @Test("redirects are not followed")
    func redirect() async throws {
        let server = try CannedServer { _ in
            .response(status: 302, headers: [("Location", "http://169.254.169.254/")], "")
        }
        let result = try await call(server, ["method": "GET", "url": "/m"])
        #expect(result.error?.status == 302)
        #expect(server.requests.count == 1)
    }

    @Test("cancelling the task aborts the call")
    func cancel() async throws {
        let (started, signal) = AsyncStream<Void>.makeStream()
        let server = try CannedServer { _ in
            signal.yield()
            return .hang
        }
        let task = Task { try await call(server, ["method": "GET", "url": "/m"]) }
        for await _ in started { break }
        task.cancel()
        let error = try await task.value.error
        #expect(error?.code == "CANCELLED")
        #expect(error?.failureClass == .cancelled)
    }

    @Test("no credential shows up in a result, whatever happens")
    func secrets() async throws {
        let answers: [CannedAnswer] = [
            .response(status: 500, "{\"message\":\"x\"}"), .reset, .response(status: 401, ""),
            .response("{"),
            .response(status: 401, "{\"message\":\"bad key \(Self.secret)\"}"),
            .response("{\"echo\":\"Bearer \(Self.secret)\"}"),
        ]
        for answer in answers {
            let server = try CannedServer { _ in answer }
            let result = try await call(server, ["method": "GET", "url": "/m"])
            #expect(!"\(result)".contains(Self.secret))
            let record = ToolCallRecord(plugin: "mail", action: "send", result: result)
            #expect(!record.json.serialized.contains(Self.secret))
        }
    }
}
