import JSON
import Journal

/// What a finished workflow hands back.
struct WorkflowOutput {
    /// The fields of `output_schema` that say where their value comes from.
    let sources: [(name: String, source: JSONValue)]

    init(schema: JSONValue?) {
        sources = (schema?.arrayValue ?? []).compactMap { field in
            guard let name = field["name"]?.stringValue, let source = field["source"],
                source.stringValue?.isEmpty == false
            else { return nil }
            return (name, source)
        }
    }

    /// The value of every source, or, without any, the data of every step that has some.
    func value(of block: StepBlock, in scope: Scope) throws(RunFailure) -> JSONValue {
        var output = JSONObject()
        for (name, source) in sources { output[name] = try scope.renderField(source) }
        guard sources.isEmpty else { return .object(output) }
        for step in block.steps {
            guard let data = scope.outputs[step.step.id]?["data"] else { continue }
            output[step.step.id] = data
        }
        return .object(output)
    }
}
