import HTTPTestSupport
import Models

extension ConformingProvider {
    /// Anthropic's Messages.
    static let anthropic = ConformingProvider(
        name: "anthropic",
        make: { baseURL, http in AnthropicModel(baseURL: baseURL, key: APIKey(key), http: http) },
        answer: { scenario, request in
            guard request.target == "/v1/messages", request.header("x-api-key") == key,
                request.header("anthropic-version") == "2023-06-01",
                request.header("Authorization") == nil
            else { return .response(status: 418, "{}") }
            return messages(scenario)
        })

    /// The same as a stream.
    static let anthropicStream = ConformingProvider(
        name: "anthropic", mode: "streamed",
        make: { baseURL, http in
            AnthropicModel(baseURL: baseURL, key: APIKey(key), delivery: .stream, http: http)
        },
        answer: { scenario, _ in messagesStream(scenario) })

    private static func messages(_ scenario: ModelScenario) -> CannedAnswer {
        switch scenario {
        case .text, .cutStream: .response(reply(hello))
        case .toolCalls: .response(reply(toolUses, stop: "tool_use"))
        case .refusal: .response(reply(#"{"type":"text","text":"I cannot"}"#, stop: "refusal"))
        case .cutAtLimit:
            .response(reply(#"{"type":"text","text":"{\"a\":"}"#, stop: "max_tokens"))
        case .noUsage: .response(reply(hello, usage: "null"))
        case .rateLimited:
            .response(
                status: 429,
                headers: [
                    ("retry-after", "2"), ("anthropic-ratelimit-requests-limit", "60"),
                    ("anthropic-ratelimit-requests-remaining", "0"),
                    ("anthropic-ratelimit-requests-reset", "2999-01-01T00:00:00Z"),
                ],
                error("rate_limit_error", "slow"))
        case .outOfCredit:
            .response(
                status: 429,
                error(
                    "rate_limit_error", "limit",
                    details: #"{"error_code":"enforced_spend_limit_reached"}"#))
        case .keyRefused:
            .response(status: 401, error("authentication_error", "invalid x-api-key: \(key)"))
        case .contextTooLong:
            .response(
                status: 400,
                error(
                    "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"))
        case .contentFiltered:
            .response(
                status: 400,
                error("invalid_request_error", "Output blocked by content filtering policy"))
        case .overloaded: .response(status: 529, error("overloaded_error", "Overloaded"))
        case .quotation:
            .response(
                status: 400,
                error("invalid_request_error", "'your sapphire necklace' with \(key)"))
        case .page: .response(headers: [("Content-Type", "text/html")], "<html>Hi</html>")
        case .truncated: .truncated(reply(hello))
        case .reset: .reset
        case .hang: .hang
        }
    }

    private static let hello = #"{"type":"text","text":"Hello"}"#

    private static let toolUses = #"""
        {"type":"tool_use","id":"c1","name":"mail__send","input":{"to":"a"}},
        {"type":"tool_use","id":"c2","name":"mail__list","input":{}}
        """#

    /// Eight tokens of their own, eight from the cache and four written to it.
    private static let usage = """
        {"input_tokens":8,"cache_read_input_tokens":8,"cache_creation_input_tokens":4,
        "output_tokens":5,"service_tier":"priority"}
        """

    private static func reply(
        _ content: String, stop: String = "end_turn", usage: String = usage
    ) -> String {
        """
        {"id":"msg_1","type":"message","role":"assistant","model":"some-model-2026-01-01",
        "content":[\(content)],"stop_reason":"\(stop)","usage":\(usage)}
        """
    }

    private static func error(
        _ type: String, _ message: String, details: String = "null"
    ) -> String {
        """
        {"type":"error","error":{"type":"\(type)","message":"\(message)",
        "details":\(details)},"request_id":"req_1"}
        """
    }

    // MARK: As a stream

    private static func messagesStream(_ scenario: ModelScenario) -> CannedAnswer {
        switch scenario {
        case .text: .events([start()] + words + end("end_turn"))
        case .toolCalls: .events([start()] + toolUsePieces + end("tool_use"))
        case .refusal: .events([start()] + words + end("refusal"))
        case .cutAtLimit: .events([start()] + words + end("max_tokens"))
        case .noUsage:
            .events([start(usage: "null")] + words + end("end_turn", usage: "null"))
        case .cutStream: .cutEvents([start()] + words)
        case .truncated: .cutEvents([])
        default: messages(scenario)
        }
    }

    /// The output figure of the beginning is a placeholder.
    private static func start(
        usage: String =
            #"{"input_tokens":8,"cache_read_input_tokens":8,"cache_creation_input_tokens":4,"output_tokens":1,"service_tier":"priority"}"#
    ) -> String {
        """
        {"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[],
        "model":"some-model-2026-01-01","stop_reason":null,"usage":\(usage)}}
        """
    }

    private static let words = [
        #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        #"{"type":"ping"}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}"#,
        #"{"type":"content_block_stop","index":0}"#,
    ]

    private static let toolUsePieces = [
        #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c1","name":"mail__send","input":{}}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"to\":"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"\"a\"}"}}"#,
        #"{"type":"content_block_stop","index":0}"#,
        #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c2","name":"mail__list","input":{}}}"#,
    ]

    private static func end(
        _ reason: String, usage: String = #"{"output_tokens":5}"#
    ) -> [String] {
        [
            #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)"},"usage":\#(usage)}"#,
            #"{"type":"message_stop"}"#,
        ]
    }
}
