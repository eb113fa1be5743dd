import HTTPTestSupport
import Models

extension ConformingProvider {
    /// OpenAI's chat completions.
    static let openAI = ConformingProvider(
        name: "openai",
        make: { baseURL, http in
            OpenAIChatModel(baseURL: "\(baseURL)/v1", key: APIKey(key), http: http)
        },
        answer: { scenario in
            switch scenario {
            case .text: .response(reply(#"{"role":"assistant","content":"Hello"}"#))
            case .toolCalls: .response(reply(toolCalls, finish: "tool_calls"))
            case .refusal: .response(reply(#"{"content":null,"refusal":"I cannot"}"#))
            case .cutAtLimit: .response(reply(#"{"content":"{\"a\":"}"#, finish: "length"))
            case .noUsage: .response(reply(#"{"content":"Hello"}"#, usage: "null"))
            case .rateLimited:
                .response(
                    status: 429, headers: [("Retry-After", "2")],
                    error("rate_limit_exceeded", "slow"))
            case .outOfCredit:
                .response(status: 429, error("insufficient_quota", "check your plan"))
            case .keyRefused:
                .response(
                    status: 401, error("invalid_api_key", "Incorrect API key provided: \(key)."))
            case .contextTooLong:
                .response(status: 400, error("context_length_exceeded", "too long"))
            case .overloaded: .response(status: 503, error("server_error", "overloaded"))
            case .quotation:
                .response(
                    status: 400, error("invalid_value", "'your sapphire necklace' with \(key)"))
            case .page: .response(headers: [("Content-Type", "text/html")], "<html>Hi</html>")
            case .truncated: .truncated(reply(#"{"content":"Hello"}"#))
            case .reset: .reset
            case .hang: .hang
            }
        })

    private static let toolCalls = #"""
        {"content":null,"tool_calls":[
        {"id":"c1","type":"function","function":{"name":"mail__send","arguments":"{\"to\":\"a\"}"}},
        {"id":"c2","type":"function","function":{"name":"mail__list","arguments":"{}"}}]}
        """#

    private static let usage = """
        {"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,
        "prompt_tokens_details":{"cached_tokens":8}}
        """

    private static func reply(
        _ message: String, finish: String = "stop", usage: String = usage
    ) -> String {
        """
        {"model":"some-model-2026-01-01","choices":[{"message":\(message),
        "finish_reason":"\(finish)"}],"usage":\(usage)}
        """
    }

    private static func error(_ code: String, _ message: String) -> String {
        #"{"error":{"message":"\#(message)","type":"x","param":null,"code":"\#(code)"}}"#
    }
}
