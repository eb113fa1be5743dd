import HTTP
import JSON
import Testing

@testable import Tools

@Suite("From an answer to a result")
struct ToolAnswerTests {
    private func result(
        _ status: Int, _ body: String, headers: HTTPHeaders = ["Content-Type": "application/json"],
        request: JSONValue = ["method": "GET", "url": "https://h/x"], guidance: JSONValue = [:]
    ) throws -> ToolResult {
        let action = try Definitions.action(Definitions.file(request: request, guidance: guidance))
        return ToolAnswer(
            action: action,
            response: HTTPResponse(
                status: status, headers: headers, body: Array(body.utf8), duration: .zero)
        ).result()
    }

    @Test(
        "bodies become data",
        arguments: [
            ("application/json", "[1,2]", [1, 2], 2),
            ("application/problem+json; charset=utf-8", "{\"a\":1}", ["a": 1], 1),
            ("text/plain", "12", ["text": "12"], 1), ("text/html", "<b>", ["text": "<b>"], 1),
            ("", "{\"a\":1}", ["a": 1], 1), ("", "hello", ["text": "hello"], 1),
            ("application/json", "", .null, 0), ("text/plain", " \n", .null, 0),
        ] as [(String, String, JSONValue, Int)])
    func data(type: String, body: String, data: JSONValue, items: Int) throws {
        let headers: HTTPHeaders = type.isEmpty ? [:] : ["Content-Type": type]
        let result = try result(200, body, headers: headers)
        #expect(result.success && result.error == nil)
        #expect(result.data == data)
        #expect(result.itemsReturned == items)
    }

    @Test("data_path picks the data, items_path what is counted")
    func paths() throws {
        let body = #"{"page":{"rows":[{"v":1},{"v":2}],"total":9},"meta":{"all":[1,2,3]}}"#
        var request: JSONValue = ["method": "GET", "url": "https://h/x", "data_path": "page.rows"]
        #expect(try result(200, body, request: request).itemsReturned == 2)
        #expect(try result(200, body, request: request).data == [["v": 1], ["v": 2]])
        request["items_path"] = "meta.all"
        #expect(try result(200, body, request: request).itemsReturned == 3)
        request["data_path"] = "page.rows.1.v"
        #expect(try result(200, body, request: request).data == 2)
        request["data_path"] = "page.absent"
        #expect(try result(200, body, request: request).data == .null)
    }

    @Test("a success message is filled from the data")
    func message() throws {
        let result = try result(
            200, #"{"id":7,"to":{"name":"Ada"},"items":[1,2]}"#,
            guidance: ["success_message": "Sent {id} to {to.name}: {count} {unknown} {"])
        #expect(result.message == "Sent 7 to Ada: 2 {unknown} {")
    }

    struct StatusCase: Sendable, CustomTestStringConvertible {
        var status: Int
        var code: String
        var isRetryable: Bool
        /// For an action that is not idempotent.
        var isRetryableOnce: Bool
        var isOutcomeUnknown: Bool
        var testDescription: String { String(status) }

        init(_ status: Int, _ code: String, _ retry: Bool, _ once: Bool, unknown: Bool = false) {
            self.status = status
            self.code = code
            self.isRetryable = retry
            self.isRetryableOnce = once
            self.isOutcomeUnknown = unknown
        }
    }

    @Test(
        "a status keeps its code and says whether the call may be repeated",
        arguments: [
            StatusCase(400, "BAD_REQUEST", false, false),
            StatusCase(401, "AUTH_FAILED", false, false),
            StatusCase(403, "FORBIDDEN", false, false), StatusCase(404, "NOT_FOUND", false, false),
            StatusCase(422, "BAD_REQUEST", false, false), StatusCase(429, "RATE_LIMIT", true, true),
            StatusCase(409, "PLUGIN_EXECUTION_FAILED", false, false),
            StatusCase(302, "PLUGIN_EXECUTION_FAILED", false, false),
            StatusCase(408, "TIMEOUT", true, false, unknown: true),
            StatusCase(500, "SERVER_ERROR", true, false, unknown: true),
            StatusCase(503, "SERVER_ERROR", true, false, unknown: true),
            StatusCase(504, "TIMEOUT", true, false, unknown: true),
        ])
    func status(_ test: StatusCase) throws {
        let safe = try #require(try result(test.status, "").error)
        #expect(safe.code == test.code && safe.status == test.status)
        #expect(safe.isRetryable == test.isRetryable)
        #expect(safe.isOutcomeUnknown == test.isOutcomeUnknown)
        let once = try #require(
            try result(test.status, "", request: ["method": "POST", "url": "https://h/x"]).error)
        #expect(once.isRetryable == test.isRetryableOnce)
    }

    @Test(
        "common_errors give the words, code and status stay",
        arguments: [
            (401, ["auth_failed": "Connect again"], "Connect again"),
            (403, ["insufficient_permissions": "Ask for access"], "Ask for access"),
            (400, ["bad_request": "Check it"], "Check it"),
            (429, ["rate_limit": "Slow down"], "Slow down"),
            (404, ["404": "By number", "not_found": "By name"], "By number"),
            (404, ["other": "x"], "mail__send answered with HTTP 404"),
        ] as [(Int, [String: String], String)])
    func words(status: Int, texts: [String: String], message: String) throws {
        let errors = JSONObject(texts.map { ($0.key, .string($0.value)) })
        let error = try result(status, "", guidance: ["common_errors": .object(errors)]).error
        #expect(error?.message == message)
        #expect(error?.status == status)
    }

    @Test("the service's words go to the model, never into the message")
    func detail() throws {
        let result = try result(
            429, #"{"error":{"message":"Quota of ada@example.org, key sk-proj-Abc123Def456"}}"#,
            headers: ["Content-Type": "application/json", "Retry-After": "4"])
        #expect(result.error?.detail == "Quota of ada@example.org, key [redacted]")
        #expect(result.error?.retryAfter == .seconds(4))
        #expect(result.error?.description == "RATE_LIMIT: mail__send answered with HTTP 429")
        let record = ToolCallRecord(plugin: "mail", action: "send", result: result)
        #expect(record.json.serialized.contains("ada@") == false)
    }

    @Test("JSON that is none is an error, for it may be half an answer")
    func broken() throws {
        let error = try result(200, "{\"a\":").error
        #expect(error?.code == ToolError.Code.invalidResponse)
        #expect(error?.isOutcomeUnknown == true && error?.isRetryable == true)
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(try result(200, deep).error?.code == ToolError.Code.invalidResponse)
    }
}
