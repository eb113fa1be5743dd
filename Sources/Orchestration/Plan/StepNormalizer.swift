import JSON

/// Brings a list of steps, old or new, into the one form the planner reads.
///
/// The agent builder stored steps without id, params and dependencies:
/// `{"operation","plugin","plugin_action","type":"plugin_action"|"ai_processing"}`.
struct StepNormalizer {
    /// Put before `step<n>` where an id is missing; empty at the top level.
    let idPrefix: String

    /// The normal form of one step, `position` counted from 0.
    func normalize(_ step: JSONValue, position: Int) -> JSONValue {
        guard var object = step.objectValue else { return step }
        if object["id"] == nil || object["id"]?.isNull == true {
            object["id"] = .string("\(idPrefix)step\(position + 1)")
        }
        let operation = object["operation"]
        switch object["type"]?.stringValue {
        case "plugin_action":
            object["type"] = "action"
            fill("name", operation, in: &object)
            fill("action", object["plugin_action"], in: &object)
            fill("params", [:], in: &object)
        case "ai_processing":
            fill("name", operation, in: &object)
            fill("prompt", operation, in: &object)
        default: break
        }
        return .object(object)
    }

    private func fill(_ key: String, _ value: JSONValue?, in object: inout JSONObject) {
        if object[key] == nil || object[key]?.isNull == true { object[key] = value }
    }
}
