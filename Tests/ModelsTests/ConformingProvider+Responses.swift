import HTTPTestSupport
import Models

extension ConformingProvider {
    /// OpenAI's Responses API.
    static let responses = ConformingProvider(
        name: "openai", mode: "responses",
        make: { baseURL, http in
            ResponsesModel(baseURL: "\(baseURL)/v1", key: APIKey(key), http: http)
        },
        answer: { scenario, _ in whole(scenario) })

    /// The same as a stream.
    static let responsesStream = ConformingProvider(
        name: "openai", mode: "responses streamed",
        make: { baseURL, http in
            ResponsesModel(
                baseURL: "\(baseURL)/v1", key: APIKey(key), delivery: .stream, http: http)
        },
        answer: { scenario, _ in
            switch scenario {
            case .cutStream: .cutEvents(words)
            case .truncated: .cutEvents([])
            default:
                response(scenario).map { .events(words + [completed($0)]) } ?? whole(scenario)
            }
        })

    /// The same in background mode: submitted, asked for twice.
    static let responsesInBackground = ConformingProvider(
        name: "openai", mode: "responses in background", requestsOfReply: 2,
        make: { baseURL, http in
            BackgroundResponsesModel(
                baseURL: "\(baseURL)/v1", key: APIKey(key),
                polling: PollingInterval(first: .milliseconds(1), longest: .milliseconds(1)),
                http: http)
        },
        answer: { scenario, request in
            guard response(scenario) != nil, request.method == "POST" else {
                return whole(scenario)
            }
            return .response(#"{"id":"resp_1","status":"queued","output":[]}"#)
        })

    private static func whole(_ scenario: ModelScenario) -> CannedAnswer {
        switch scenario {
        case .page: .response(headers: [("Content-Type", "text/html")], "<html>Hi</html>")
        case .truncated: .truncated(response(.text) ?? "")
        case .reset: .reset
        case .hang: .hang
        default: response(scenario).map { .response($0) } ?? openAIError(scenario)
        }
    }

    /// The finished response of a scenario that ends with a reply.
    private static func response(_ scenario: ModelScenario) -> String? {
        switch scenario {
        case .text, .cutStream: body(message(#"{"type":"output_text","text":"Hello"}"#))
        case .toolCalls: body(calls)
        case .refusal: body(message(#"{"type":"refusal","refusal":"I cannot"}"#))
        case .cutAtLimit:
            body(
                message(#"{"type":"output_text","text":"{\"a\":"}"#), status: "incomplete",
                details: #"{"reason":"max_output_tokens"}"#)
        case .noUsage:
            body(message(#"{"type":"output_text","text":"Hello"}"#), usage: "null")
        default: nil
        }
    }

    private static func message(_ part: String) -> String {
        #"{"type":"reasoning","summary":[]},{"type":"message","content":[\#(part)]}"#
    }

    private static let calls = #"""
        {"type":"function_call","id":"fc_1","call_id":"c1","name":"mail__send",
        "arguments":"{\"to\":\"a\"}"},
        {"type":"function_call","id":"fc_2","call_id":"c2","name":"mail__list","arguments":"{}"}
        """#

    private static let usage = """
        {"input_tokens":20,"output_tokens":5,"total_tokens":25,
        "input_tokens_details":{"cached_tokens":8,"cache_write_tokens":4},"output_tokens_details":{"reasoning_tokens":0}}
        """

    private static func body(
        _ output: String, status: String = "completed", details: String = "null",
        usage: String = usage
    ) -> String {
        """
        {"id":"resp_1","object":"response","status":"\(status)","error":null,
        "incomplete_details":\(details),"service_tier":"priority","model":"some-model-2026-01-01",
        "output":[\(output)],"usage":\(usage)}
        """
    }

    private static let words = [
        #"{"type":"response.created","sequence_number":0,"response":{"model":"some-model-2026-01-01","status":"in_progress"}}"#,
        #"{"type":"response.output_text.delta","sequence_number":1,"output_index":0,"delta":"Hel"}"#,
        #"{"type":"response.output_text.delta","sequence_number":2,"output_index":0,"delta":"lo"}"#,
    ]

    private static func completed(_ response: String) -> String {
        let kind = response.contains("\"incomplete\"") ? "incomplete" : "completed"
        return #"{"type":"response.\#(kind)","sequence_number":3,"response":\#(response)}"#
    }
}
