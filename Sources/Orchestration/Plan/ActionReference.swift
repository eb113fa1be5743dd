import JSON
import Journal

/// A plugin's action with its parameters, as a step names one besides its own:
/// `{"plugin", "action", "params"?}`.
struct ActionReference: Sendable, Hashable {
    var plugin: String
    var action: String
    /// An object, with references.
    var params: JSONValue

    /// `field` names the place in messages.
    init(_ json: JSONValue, field: String) throws(RunFailure) {
        guard let plugin = json["plugin"]?.stringValue, !plugin.isEmpty,
            let action = json["action"]?.stringValue, !action.isEmpty
        else {
            throw .workflow(.validation, "\(field) must be an object with plugin and action")
        }
        let params = json["params"] ?? .null
        guard params.isNull || params.objectValue != nil else {
            throw .workflow(.validation, "\(field).params must be an object")
        }
        self.plugin = plugin
        self.action = action
        self.params = params.isNull ? [:] : params
    }
}
