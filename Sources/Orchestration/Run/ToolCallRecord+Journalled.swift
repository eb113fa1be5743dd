import JSON
import Tools

extension ToolCallRecord {
    /// Reads `json` back.
    init(journalled json: JSONValue?) {
        self.init(
            plugin: json?["plugin"]?.stringValue ?? "unknown",
            action: json?["action"]?.stringValue ?? "unknown",
            success: json?["success"]?.boolValue ?? false,
            itemsReturned: json?["itemsReturned"]?.intValue ?? 0,
            executionTimeMs: json?["executionTime"]?.intValue ?? 0,
            error: json?["error"]?.stringValue)
    }
}
