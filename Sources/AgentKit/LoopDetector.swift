import JSON
import Models

/// Notices a model that asks for the same thing again and again.
struct LoopDetector {
    private let limit: Int
    private var last: String?
    private var repeats = 0

    /// `limit`: how many equal calls in a row make a loop.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether this call completes a loop.
    mutating func isLoop(_ call: ToolCallRequest) -> Bool {
        let key = call.sameness
        repeats = key == last ? repeats + 1 : 1
        last = key
        return repeats >= limit
    }
}

extension ToolCallRequest {
    /// The same text for equal calls: those that name the same tool and whose arguments are the
    /// same JSON, however it is written.
    var sameness: String {
        "\(name) \((try? JSONValue(parsing: arguments).canonical) ?? arguments)"
    }
}
