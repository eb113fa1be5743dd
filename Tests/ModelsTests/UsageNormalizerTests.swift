import JSON
import Journal
import Testing

@testable import Models

@Suite("Usage in its normal form")
struct UsageNormalizerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var usage: String
        /// Input, output, cached, reasoning, total.
        var figures: [Int]
        var isEstimate = false

        init(_ description: String, _ usage: String, _ figures: [Int], isEstimate: Bool = false) {
            testDescription = description
            self.usage = usage
            self.figures = figures
            self.isEstimate = isEstimate
        }
    }

    @Test(
        "what was written to the cache is a part of the input, in every provider's spelling",
        arguments: [
            (
                #"{"prompt_tokens":100,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":50}}"#,
                UsageNormalizer.Convention.cachedIncluded, [100, 40, 50, 0], false
            ),
            (
                #"{"input_tokens":100,"output_tokens":1,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":50,"cache_write_tokens_details":{"ttl_30m_tokens":30,"ttl_12h_tokens":20}}}"#,
                .cachedIncluded, [100, 0, 50, 20], false
            ),
            (
                #"{"input_tokens":5,"cache_read_input_tokens":40,"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},"output_tokens":1}"#,
                .cachedExcluded, [95, 40, 50, 30], false
            ),
            (
                #"{"input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},"output_tokens":1}"#,
                .cachedExcluded, [55, 0, 50, 30], false
            ),
            // A gateway before Anthropic: its own spelling, the input figure whole.
            (
                #"{"prompt_tokens":95,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":null},"cache_creation_input_tokens":50}"#,
                .cachedIncluded, [95, 40, 50, 0], false
            ),
            // Read and written share nothing: more than the rest of the input is in doubt.
            (
                #"{"prompt_tokens":100,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":90,"cache_write_tokens":50}}"#,
                .cachedIncluded, [100, 90, 10, 0], true
            ),
        ])
    func cacheWrites(
        usage: String, convention: UsageNormalizer.Convention, figures: [Int], isEstimate: Bool
    ) throws {
        let usage = UsageNormalizer.normalize(
            try JSONValue(parsing: usage), as: convention, estimatedInput: 7, estimatedOutput: 7)
        #expect(
            [
                usage.inputTokens, usage.cachedTokens, usage.cacheWriteTokens,
                usage.cacheWrite1hTokens,
            ] == figures)
        #expect(usage.isEstimate == isEstimate)
    }

    @Test(
        "every usage object gives usable figures, doubtful ones flagged",
        arguments: [
            Case(
                "chat completions with details",
                #"{"prompt_tokens":1200,"completion_tokens":300,"total_tokens":1500,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":200}}"#,
                [1200, 300, 1024, 200, 1500]),
            Case(
                "the responses API",
                #"{"input_tokens":12,"output_tokens":3,"total_tokens":15,"input_tokens_details":{"cached_tokens":2},"output_tokens_details":{"reasoning_tokens":1}}"#,
                [12, 3, 2, 1, 15]),
            Case(
                "details null and no total",
                #"{"prompt_tokens":12,"completion_tokens":3,"prompt_tokens_details":null}"#,
                [12, 3, 0, 0, 15]),
            Case(
                "counts written as decimals", #"{"prompt_tokens":12.0,"completion_tokens":3e0}"#,
                [12, 3, 0, 0, 15]),
            Case(
                "reasoning beside the completion",
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20}}"#,
                [10, 25, 0, 20, 35]),
            Case("null", "null", [100, 50, 0, 0, 150], isEstimate: true),
            Case("a text", "\"none\"", [100, 50, 0, 0, 150], isEstimate: true),
            Case("empty", "{}", [100, 50, 0, 0, 150], isEstimate: true),
            Case(
                "all zero", #"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#,
                [100, 50, 0, 0, 150], isEstimate: true),
            Case(
                "a cached prompt not counted (Ollama)",
                #"{"completion_tokens":7,"total_tokens":27}"#, [20, 7, 0, 0, 27], isEstimate: true),
            Case(
                "a prompt that no total gives away", #"{"completion_tokens":7,"total_tokens":7}"#,
                [100, 7, 0, 0, 107], isEstimate: true),
            Case("only a total", #"{"total_tokens":40}"#, [100, 50, 0, 0, 150], isEstimate: true),
            Case(
                "negative", #"{"prompt_tokens":-5,"completion_tokens":3,"total_tokens":-2}"#,
                [100, 3, 0, 0, 103], isEstimate: true),
            Case(
                "too large for the records",
                #"{"prompt_tokens":99999999999,"completion_tokens":3}"#, [100, 3, 0, 0, 103],
                isEstimate: true),
            Case(
                "larger than any integer",
                #"{"prompt_tokens":1e400,"completion_tokens":3}"#, [100, 3, 0, 0, 103],
                isEstimate: true),
            Case(
                "a fraction", #"{"prompt_tokens":1.5,"completion_tokens":3}"#, [100, 3, 0, 0, 103],
                isEstimate: true),
            Case(
                "a total that is not the sum",
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":999}"#,
                [10, 5, 0, 0, 15], isEstimate: true),
            Case(
                "parts larger than the whole",
                #"{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":11},"completion_tokens_details":{"reasoning_tokens":6}}"#,
                [10, 5, 10, 5, 15], isEstimate: true),
        ])
    func normalize(_ test: Case) throws {
        let raw = try JSONValue(parsing: test.usage)
        let usage = UsageNormalizer.normalize(raw, estimatedInput: 100, estimatedOutput: 50)
        #expect(
            [
                usage.inputTokens, usage.outputTokens, usage.cachedTokens, usage.reasoningTokens,
                usage.totalTokens,
            ] == test.figures)
        #expect(usage.isEstimate == test.isEstimate)
        #expect(usage.raw == raw.objectValue.map { .object($0) })
    }
}
