import JSON
import Journal

/// `deduplicate`: the first of all elements with the same `config.field`, or, without a field, of
/// all equal elements. Elements without the field are all kept.
struct DeduplicateTransform: TransformOperation {
    let name = "deduplicate"

    func faults(of config: JSONValue) -> [String] {
        faults(ofPath: "field", in: config, isRequired: false)
    }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        let hasField = config["field"]?.stringValue != nil
        var seen: Set<JSONValue> = []
        let kept = try elements(input).filter { element in
            let value = value(at: "field", of: config, in: element)
            return hasField && value.isNull ? true : seen.insert(value).inserted
        }
        return .array(kept)
    }
}
