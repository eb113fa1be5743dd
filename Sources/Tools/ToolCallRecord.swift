import JSON

/// What the records keep of a tool call: that it happened and how, never its arguments or results.
public struct ToolCallRecord: Sendable, Hashable {
    public var plugin: String
    public var action: String
    public var success: Bool
    /// How many things the data held.
    public var itemsReturned: Int
    /// Wall-clock time of the call, in milliseconds.
    public var executionTimeMs: Int
    /// Code and message of the failure.
    public var error: String?

    public init(
        plugin: String, action: String, success: Bool, itemsReturned: Int, executionTimeMs: Int,
        error: String? = nil
    ) {
        self.plugin = plugin
        self.action = action
        self.success = success
        self.itemsReturned = itemsReturned
        self.executionTimeMs = executionTimeMs
        self.error = error
    }

    /// The record of a result. Only the parts of an error that are safe to log go into it.
    public init(plugin: String, action: String, result: ToolResult) {
        self.init(
            plugin: plugin, action: action, success: result.success,
            itemsReturned: result.itemsReturned,
            executionTimeMs: Int(result.duration / .milliseconds(1)),
            error: result.error?.description)
    }

    /// The shape the run logs hold.
    public var json: JSONValue {
        [
            "plugin": .string(plugin), "action": .string(action), "success": .bool(success),
            "itemsReturned": JSONValue(itemsReturned), "executionTime": JSONValue(executionTimeMs),
            "error": error.map { .string($0) } ?? .null,
        ]
    }
}
