import HTTPTestSupport
import Models

extension ConformingProvider {
    /// OpenAI's chat completions.
    static let openAI = ConformingProvider(
        name: "openai",
        make: { baseURL, http in
            OpenAIChatModel(baseURL: "\(baseURL)/v1", key: APIKey(key), http: http)
        },
        answer: { scenario, _ in chatCompletions(scenario) })

    /// Azure's shape of the same.
    static let azure = ConformingProvider(
        name: "azure",
        make: { baseURL, http in
            AzureChatModel(endpoint: baseURL, key: APIKey(key), http: http)
        },
        answer: { scenario, request in
            guard
                request.target
                    == "/openai/deployments/some-model/chat/completions?api-version=2024-10-21",
                request.header("api-key") == key, request.header("Authorization") == nil
            else { return .response(status: 418, "{}") }
            return chatCompletions(scenario)
        })

    private static func chatCompletions(_ scenario: ModelScenario) -> CannedAnswer {
        switch scenario {
        case .text, .cutStream: .response(reply(#"{"role":"assistant","content":"Hello"}"#))
        case .toolCalls: .response(reply(toolCalls, finish: "tool_calls"))
        case .refusal: .response(reply(#"{"content":null,"refusal":"I cannot"}"#))
        case .cutAtLimit: .response(reply(#"{"content":"{\"a\":"}"#, finish: "length"))
        case .noUsage: .response(reply(#"{"content":"Hello"}"#, usage: "null"))
        case .page: .response(headers: [("Content-Type", "text/html")], "<html>Hi</html>")
        case .truncated: .truncated(reply(#"{"content":"Hello"}"#))
        case .reset: .reset
        case .hang: .hang
        default: openAIError(scenario)
        }
    }

    /// The errors of OpenAI's APIs.
    static func openAIError(_ scenario: ModelScenario) -> CannedAnswer {
        switch scenario {
        case .rateLimited:
            .response(
                status: 429,
                headers: [
                    ("Retry-After", "2"), ("x-ratelimit-limit-requests", "60"),
                    ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1m0s"),
                ],
                error("rate_limit_exceeded", "slow"))
        case .outOfCredit:
            .response(status: 429, error("insufficient_quota", "check your plan"))
        case .keyRefused:
            .response(
                status: 401, error("invalid_api_key", "Incorrect API key provided: \(key)."))
        case .contextTooLong:
            .response(status: 400, error("context_length_exceeded", "too long"))
        case .contentFiltered: .response(status: 400, error("content_filter", "filtered"))
        case .overloaded: .response(status: 503, error("server_error", "overloaded"))
        default:
            .response(status: 400, error("invalid_value", "'your sapphire necklace' with \(key)"))
        }
    }

    private static let toolCalls = #"""
        {"content":null,"tool_calls":[
        {"id":"c1","type":"function","function":{"name":"mail__send","arguments":"{\"to\":\"a\"}"}},
        {"id":"c2","type":"function","function":{"name":"mail__list","arguments":"{}"}}]}
        """#

    private static let usage = """
        {"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,
        "prompt_tokens_details":{"cached_tokens":8,"cache_write_tokens":4}}
        """

    private static func reply(
        _ message: String, finish: String = "stop", usage: String = usage
    ) -> String {
        """
        {"model":"some-model-2026-01-01","service_tier":"priority","choices":[{"message":\(message),
        "finish_reason":"\(finish)"}],"usage":\(usage)}
        """
    }

    private static func error(_ code: String, _ message: String) -> String {
        #"{"error":{"message":"\#(message)","type":"x","param":null,"code":"\#(code)"}}"#
    }

    // MARK: As a stream

    /// OpenAI's chat completions, read as they are written.
    static let openAIStream = ConformingProvider(
        name: "openai", mode: "streamed",
        make: { baseURL, http in
            OpenAIChatModel(
                baseURL: "\(baseURL)/v1", key: APIKey(key), delivery: .stream, http: http)
        },
        answer: { scenario, _ in chatCompletionsStream(scenario) })

    private static func chatCompletionsStream(_ scenario: ModelScenario) -> CannedAnswer {
        switch scenario {
        case .text: .events(words + [finish("stop"), usageChunk, "[DONE]"])
        case .toolCalls: .events(toolCallChunks + [finish("tool_calls"), usageChunk, "[DONE]"])
        case .refusal:
            .events([chunk(#"{"refusal":"I cannot"}"#), finish("stop"), usageChunk, "[DONE]"])
        case .cutAtLimit:
            .events([chunk(#"{"content":"{\"a\":"}"#), finish("length"), usageChunk, "[DONE]"])
        case .noUsage: .events(words + [finish("stop"), "[DONE]"])
        case .cutStream: .cutEvents(words)
        case .truncated: .cutEvents([])
        default: chatCompletions(scenario)
        }
    }

    private static let words = [
        chunk(#"{"role":"assistant","content":""}"#), chunk(#"{"content":"Hel"}"#),
        chunk(#"{"content":"lo"}"#),
    ]

    private static let toolCallChunks = [
        call(0, #""id":"c1","type":"function","function":{"name":"mail__send","arguments":""}"#),
        call(0, #""function":{"arguments":"{\"to\":"}"#),
        call(1, #""id":"c2","function":{"name":"mail__list","arguments":"{}"}"#),
        call(0, #""function":{"arguments":"\"a\"}"}"#),
    ]

    private static let usageChunk =
        #"{"model":"some-model-2026-01-01","service_tier":"priority","choices":[],"usage":\#(usage)}"#

    private static func call(_ index: Int, _ members: String) -> String {
        chunk(#"{"tool_calls":[{"index":\#(index),\#(members)}]}"#)
    }

    private static func chunk(_ delta: String) -> String {
        """
        {"model":"some-model-2026-01-01","choices":[{"index":0,"delta":\(delta),
        "finish_reason":null}],"usage":null}
        """
    }

    private static func finish(_ reason: String) -> String {
        #"{"choices":[{"index":0,"delta":{},"finish_reason":"\#(reason)"}],"usage":null}"#
    }
}
