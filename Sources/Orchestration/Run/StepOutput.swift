import JSON
import Journal

/// What a step that ran hands on.
struct StepOutput: Sendable {
    var data: JSONValue
    /// `system` for everything that is no plugin.
    var plugin = "system"
    /// nil is the step's type.
    var action: String?
    /// Beyond `success`.
    var metadata: JSONObject = [:]
    /// The branch a deciding step chose; nil chooses none.
    var chosenBranch: String?
    /// Whether the step is to count as skipped.
    var isSkipped = false
    /// Whether the step itself did something to make it: it did not come out of the cache or from
    /// a fallback, for which there is nothing to undo.
    var isOwnWork = true
    /// Outputs of nested steps that later steps may refer to.
    var exports: [String: JSONValue] = [:]
    var variables: JSONObject = [:]

    init(_ data: JSONValue) {
        self.data = data
        if let count = data.arrayValue?.count { metadata["itemCount"] = JSONValue(count) }
    }

    /// Reads what a cached step handed on; nil when there was none.
    init?(journalled json: JSONValue) {
        guard let data = json["data"] else { return nil }
        self.init(data)
        plugin = json["plugin"]?.stringValue ?? plugin
        action = json["action"]?.stringValue
        metadata = json["metadata"]?.objectValue ?? metadata
    }

    /// What a step of a type that can be cached hands on.
    var journalled: JSONValue {
        [
            "data": data, "plugin": .string(plugin),
            "action": action.map { .string($0) } ?? .null, "metadata": .object(metadata),
        ]
    }

    /// The form references see: `{stepId, plugin, action, data, metadata}`. It holds no times, so
    /// that a repeated run makes the same requests.
    func json(of step: WorkflowStep) -> JSONValue {
        var metadata: JSONObject = ["success": true]
        for (key, value) in self.metadata { metadata[key] = value }
        return [
            "stepId": .string(step.id), "plugin": .string(plugin),
            "action": .string(action ?? step.type), "data": data, "metadata": .object(metadata),
        ]
    }

    /// The output of a failed step that the run continues after.
    static func json(of step: WorkflowStep, failure: RunFailure) -> JSONValue {
        let error: JSONObject = [
            "error": .string(failure.message), "errorCode": .string(failure.code),
        ]
        var metadata: JSONObject = ["success": false]
        for (key, value) in error { metadata[key] = value }
        return [
            "stepId": .string(step.id),
            "plugin": step.json["plugin"]?.stringValue.map { .string($0) } ?? "system",
            "action": step.json["action"]?.stringValue.map { .string($0) } ?? .string(step.type),
            "data": .object(error), "metadata": .object(metadata),
        ]
    }
}
