import JSON
import Journal

/// `group`: an object of arrays, the elements by the text of `config.field`.
struct GroupTransform: TransformOperation {
    let name = "group"

    func faults(of config: JSONValue) -> [String] {
        faults(ofPath: "field", in: config, isRequired: true)
    }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        var keys: [String] = []
        var groups: [String: [JSONValue]] = [:]
        for element in try elements(input) {
            let value = value(at: "field", of: config, in: element)
            let key = value.stringValue ?? value.serialized
            if groups[key] == nil { keys.append(key) }
            groups[key, default: []].append(element)
        }
        return .object(JSONObject(keys.map { ($0, .array(groups[$0] ?? [])) }))
    }
}
