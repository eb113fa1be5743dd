import JSON
import Journal

/// `set`: the input as it is.
struct SetTransform: TransformOperation {
    let name = "set"
    let needsInput = false

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue { input }
}
