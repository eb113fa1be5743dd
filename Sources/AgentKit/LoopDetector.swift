import JSON
import Models

/// Notices a model that asks for the same thing again and again.
struct LoopDetector {
    private let limit: Int
    private var last: ToolCallRequest?
    private var repeats = 0

    /// `limit`: how many equal calls in a row make a loop.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether this call completes a loop. Two calls are equal when they name the same tool and
    /// their arguments are the same JSON, however it is written.
    mutating func isLoop(_ call: ToolCallRequest) -> Bool {
        var key = call
        key.id = ""
        key.arguments = (try? JSONValue(parsing: call.arguments).canonical) ?? call.arguments
        repeats = key == last ? repeats + 1 : 1
        last = key
        return repeats >= limit
    }
}
