import JSON
import Testing

@testable import Tools

@Suite("Results for models and records")
struct ToolResultTests {
    @Test("a model reads data, or code, message and detail")
    func modelText() {
        let good = ToolResult(success: true, data: ["a": 1], message: "Done")
        #expect(good.modelText() == #"{"success":true,"message":"Done","data":{"a":1}}"#)
        let bad = ToolResult.failure(
            ToolError(code: "VALIDATION_ERROR", message: "m", detail: "to: is required"))
        #expect(
            bad.modelText()
                == #"{"success":false,"error":"VALIDATION_ERROR","message":"m","detail":"to: is required","retryable":false}"#
        )
    }

    @Test("a long text is cut to the limit with a mark", arguments: [60, 100, 8000])
    func cut(limit: Int) {
        let result = ToolResult(success: true, data: .string(String(repeating: "ä", count: 20_000)))
        let whole = result.modelText(maxCharacters: .max)
        let text = result.modelText(maxCharacters: limit)
        #expect(text.unicodeScalars.count <= limit)
        let kept = text.prefix { $0 != "…" }
        #expect(text.hasSuffix("… [cut: \(whole.count - kept.count) characters more]"))
        #expect(whole.hasPrefix(kept))
    }

    @Test("a text at the limit stays whole, a limit too small for the mark still holds")
    func edges() {
        #expect(ToolText.cut("12345", to: 5) == "12345")
        #expect(ToolText.cut("123456", to: 5) == "12345")
        #expect(ToolText.cut("123456", to: 0) == "")
    }

    @Test("a record holds no content")
    func record() {
        var result = ToolResult(
            success: true, data: ["secret": "s"], message: "for Ada", itemsReturned: 4,
            duration: .microseconds(1_234_567))
        let record = ToolCallRecord(plugin: "mail", action: "send", result: result)
        #expect(
            record.json.serialized
                == #"{"plugin":"mail","action":"send","success":true,"itemsReturned":4,"executionTime":1234,"error":null}"#
        )
        result = .failure(ToolError(code: "X", message: "m", detail: "Ada"))
        #expect(ToolCallRecord(plugin: "p", action: "a", result: result).error == "X: m")
    }
}
