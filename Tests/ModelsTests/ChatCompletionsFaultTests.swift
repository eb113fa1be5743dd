import FoundationEssentials
import HTTP
import Journal
import Testing

@testable import Models

@Suite("Chat completions: errors")
struct ChatCompletionsFaultTests {
    private let codec = ChatCompletionsCodec(provider: "openai")
    private let request = ChatRequest(
        model: "gpt-4o", messages: [.user("Write a letter to Mrs Amelia Featherstonehaugh.")])

    private func decode(
        _ status: Int, _ body: String, headers: HTTPHeaders = [:]
    ) throws -> ModelError {
        try #require(
            codec.decode(
                status: status, headers: headers, body: Array(body.utf8), for: request,
                now: Date(timeIntervalSince1970: 0)
            ).failure)
    }

    private static func body(_ code: String, type: String = "x") -> String {
        #"{"error":{"message":"m","type":"\#(type)","param":null,"code":"\#(code)"}}"#
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int
        var body: String
        var failureClass: FailureClass
        var isPermanent: Bool
        var spend: Spend
        var testDescription: String { "\(status) \(body.prefix(60))" }

        init(
            _ status: Int, _ body: String, _ failureClass: FailureClass, permanent: Bool,
            spend: Spend = .none
        ) {
            self.status = status
            self.body = body
            self.failureClass = failureClass
            self.isPermanent = permanent
            self.spend = spend
        }
    }

    @Test(
        "the code decides before the status, the type after the code",
        arguments: [
            // Temporary and permanent 429s.
            Case(429, body("rate_limit_exceeded"), .rateLimited, permanent: false),
            Case(429, body("slow_down"), .rateLimited, permanent: false),
            Case(429, body("insufficient_quota"), .quota, permanent: true),
            Case(429, body("credit_balance_exhausted"), .quota, permanent: true),
            Case(
                429, body("organization_spend_limit_exceeded", type: "insufficient_quota"), .quota,
                permanent: true),
            Case(429, body("project_spend_limit_exceeded"), .quota, permanent: true),
            Case(429, body("organization_usage_limit_exceeded"), .quota, permanent: true),
            Case(
                429, body("rate_limit_exceeded", type: "insufficient_quota"), .rateLimited,
                permanent: false),
            Case(
                429,
                #"{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}"#,
                .quota, permanent: true),
            Case(
                429, #"{"error":{"type":"rate_limit_error","message":"m"}}"#, .rateLimited,
                permanent: false),
            Case(429, "", .rateLimited, permanent: false),
            // A gateway flattens the code to the status.
            Case(
                429,
                #"{"error":{"code":"429","type":"throttling_error","message":"RateLimitError: insufficient_quota"}}"#,
                .quota, permanent: true),
            Case(
                400,
                #"{"error":{"code":"400","message":"ContextWindowExceededError: too long"}}"#,
                .contextLength, permanent: true),
            // Size and content.
            Case(400, body("context_length_exceeded"), .contextLength, permanent: true),
            Case(
                400,
                #"{"object":"error","message":"This model's maximum context length is 4096 tokens","type":"BadRequestError","code":400}"#,
                .contextLength, permanent: true),
            Case(413, "", .contextLength, permanent: true),
            Case(400, body("content_filter"), .contentPolicy, permanent: true),
            Case(
                400,
                #"{"error":{"code":"blocked","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                .contentPolicy, permanent: true),
            // The account.
            Case(401, body("invalid_api_key"), .quota, permanent: true),
            Case(401, "", .quota, permanent: true),
            Case(402, "", .quota, permanent: true),
            Case(403, "", .quota, permanent: true),
            Case(400, body("no_db_connection"), .quota, permanent: true),
            // The request.
            Case(400, body("invalid_value"), .invalidPayload, permanent: true),
            Case(404, body("model_not_found"), .invalidPayload, permanent: true),
            Case(404, "", .invalidPayload, permanent: true),
            Case(422, #"{"detail":"bad"}"#, .invalidPayload, permanent: true),
            // Try again.
            Case(408, "", .provider, permanent: false),
            Case(409, "", .provider, permanent: false),
            Case(500, body("server_error"), .provider, permanent: false),
            Case(503, body("slow_down"), .rateLimited, permanent: false),
            Case(503, "", .provider, permanent: false),
            Case(
                529, #"{"error":{"type":"overloaded_error","message":"m"}}"#, .provider,
                permanent: false),
            // A gateway's page says nothing about the server behind it.
            Case(502, "<html>", .provider, permanent: false, spend: .unknown),
            Case(504, "", .provider, permanent: false, spend: .unknown),
            Case(502, body("server_error"), .provider, permanent: false),
            // Redirects are not followed: the base URL is wrong.
            Case(302, "", .provider, permanent: true),
        ])
    func classify(_ test: Case) throws {
        let error = try decode(test.status, test.body)
        #expect(error.failureClass == test.failureClass)
        #expect(error.isPermanent == test.isPermanent)
        #expect(error.spend == test.spend)
        #expect(error.status == test.status)
    }

    @Test(
        "x-should-retry wins over the status, but not over a code of the account",
        arguments: [
            (400, "", "true", FailureClass.provider, false),
            (500, "", "false", .provider, true), (429, "", "false", .rateLimited, true),
            (429, body("insufficient_quota"), "true", .quota, true),
            (401, "", "true", .quota, true), (503, "", "maybe", .provider, false),
        ])
    func shouldRetry(
        status: Int, body: String, header: String, failureClass: FailureClass, permanent: Bool
    ) throws {
        let error = try decode(status, body, headers: ["X-Should-Retry": header])
        #expect(error.failureClass == failureClass)
        #expect(error.isPermanent == permanent)
    }

    @Test(
        "the wait comes from the first header that names one",
        arguments: [
            (["retry-after": "7"], Duration.seconds(7)),
            (["retry-after-ms": "1500", "retry-after": "9"], .milliseconds(1500)),
            (["llm_provider-retry-after": "3"], .seconds(3)),
            (["retry-after": "Thu, 01 Jan 1970 00:00:05 GMT"], .seconds(5)),
            (
                [
                    "x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "1s",
                    "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s",
                ], .seconds(360)
            ),
            (
                ["x-ratelimit-reset-requests": "20s", "x-ratelimit-reset-tokens": "59.5s"],
                .seconds(20)
            ),
            (["x-ratelimit-reset-requests": "-1"], nil), ([:], nil),
        ] as [([String: String], Duration?)])
    func retryAfter(headers: [String: String], expected: Duration?) throws {
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.add(name, value) }
        #expect(try decode(429, "", headers: fields).retryAfter == expected)
    }

    @Test("a reset is no reason to wait after a fault that is no rate limit")
    func noReset() throws {
        let headers: HTTPHeaders = ["x-ratelimit-reset-requests": "20s"]
        #expect(try decode(500, "", headers: headers).retryAfter == nil)
    }

    @Test("the message names code, parameter and the provider's words, without keys")
    func message() throws {
        let error = try decode(
            400,
            #"{"error":{"message":"max_tokens is too large: 99999.\nKey sk-proj-abcdef1234567890 is fine","type":"invalid_request_error","param":"max_tokens","code":"invalid_value"}}"#
        )
        #expect(
            error.message
                == "openai refused the request (HTTP 400, invalid_value, invalid_request_error, "
                + "parameter max_tokens): max_tokens is too large: 99999. Key [redacted] is fine")
        #expect(error.ledgerCode == "invalid_value")
        #expect(error.runFailure.code == "invalid_value")
    }

    @Test("words that quote the prompt are left out")
    func quotation() throws {
        let error = try decode(
            400,
            #"{"error":{"message":"Rejected: 'letter to Mrs Amelia Featherst...'","code":"flagged"}}"#
        )
        #expect(!error.message.contains("Amelia"))
        #expect(error.message == "openai refused the request (HTTP 400, flagged)")
    }

    @Test("a message is at most 500 characters")
    func length() throws {
        let text = String(repeating: "words and more ", count: 500)
        let error = try decode(500, #"{"error":{"message":"\#(text)"}}"#)
        #expect(error.message.count == 500)
        #expect(error.message.hasSuffix("…"))
    }

    @Test(
        "a call without an answer tells whether it may be billed",
        arguments: [
            (HTTPError.Code.connect, false, FailureClass.transport, Spend.none),
            (.reset, true, .transport, .unknown), (.truncated, true, .transport, .unknown),
            (.timeout, true, .timeout, .unknown), (.timeout, false, .timeout, .none),
            (.cancelled, true, .cancelled, .unknown), (.shutdown, false, .shutdown, .none),
            (.bodyTooLarge, true, .provider, .unknown),
        ])
    func noAnswer(code: HTTPError.Code, sent: Bool, failureClass: FailureClass, spend: Spend) {
        let error = ModelError(
            HTTPError(code: code, message: "POST https://h/v1: x", mayHaveBeenSent: sent),
            provider: "openai")
        #expect(error.failureClass == failureClass)
        #expect(error.spend == spend)
        #expect(!error.isPermanent)
    }
}
