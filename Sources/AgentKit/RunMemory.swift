import JSON
import Journal

/// What a run leaves to later ones.
public struct RunMemory: Sendable, Hashable {
    public enum Sentiment: String, Sendable, Hashable, CaseIterable {
        case positive, neutral, negative, mixed
    }

    /// One to three sentences.
    public var summary: String
    public var sentiment: Sentiment
    public var success: Bool
    public var itemsProcessed: Int?
    /// How the run failed; at most one so far.
    public var errors: [String]
    public var warnings: [String]
    /// `recurring_error`, `success_pattern`, `performance_issue`: those that were seen.
    public var patterns: JSONObject
    /// `improve_prompt`, `adjust_schedule`, `optimize_config`: those that were made.
    public var suggestions: JSONObject
    /// The model of the run, not of the summary.
    public var model: String?

    /// Characters of a summary that are kept, and of any other text.
    static let longestSummary = 2000
    static let longestText = 500
    static let mostWarnings = 10

    static let patternKeys = ["recurring_error", "success_pattern", "performance_issue"]
    static let suggestionKeys = ["improve_prompt", "adjust_schedule", "optimize_config"]

    /// Reads a model's reply. A summary is all that is required of it; anything else that is not of
    /// its form counts as not said. Throws a `validation` failure when there is no summary.
    init(reply text: String?, of run: RunResult) throws(RunFailure) {
        let reply = (text.flatMap { try? JSONValue(parsing: Self.unfenced($0)) }) ?? .null
        guard let summary = Self.text(reply["summary"], limit: Self.longestSummary) else {
            throw RunFailure(
                .validation, code: "SUMMARY_UNUSABLE",
                message: "the model's reply is no JSON object with a summary")
        }
        self.summary = summary
        sentiment = reply["sentiment"]?.stringValue.flatMap(Sentiment.init) ?? .neutral
        success = run.success
        itemsProcessed = reply["items_processed"]?.intValue.flatMap { $0 >= 0 ? $0 : nil }
        errors = run.failure.map { [String($0.description.prefix(Self.longestText))] } ?? []
        warnings = (reply["warnings"]?.arrayValue ?? []).prefix(Self.mostWarnings)
            .compactMap { Self.text($0, limit: Self.longestText) }
        patterns = Self.texts(Self.patternKeys, in: reply)
        suggestions = Self.texts(Self.suggestionKeys, in: reply)
        model = run.model
    }

    /// As `remember_run` takes it.
    public var json: JSONValue {
        [
            "summary": .string(summary), "sentiment": .string(sentiment.rawValue),
            "key_outcomes": [
                "success": .bool(success),
                "items_processed": itemsProcessed.map { JSONValue($0) } ?? .null,
                "errors": .array(errors.map { .string($0) }),
                "warnings": .array(warnings.map { .string($0) }),
            ],
            "patterns_detected": .object(patterns), "suggestions": .object(suggestions),
            "model_used": model.map { .string($0) } ?? .null,
        ]
    }

    private static func texts(_ keys: [String], in reply: JSONValue) -> JSONObject {
        var texts = JSONObject()
        for key in keys {
            if let text = text(reply[key], limit: longestText) { texts[key] = .string(text) }
        }
        return texts
    }

    private static func text(_ value: JSONValue?, limit: Int) -> String? {
        guard let text = value?.stringValue, !text.allSatisfy(\.isWhitespace) else { return nil }
        return String(text.prefix(limit))
    }

    /// Without the Markdown fence that models like to put around JSON.
    private static func unfenced(_ text: String) -> String {
        guard let first = text.firstIndex(of: "{"), let last = text.lastIndex(of: "}"),
            first < last
        else { return text }
        return String(text[first...last])
    }
}
