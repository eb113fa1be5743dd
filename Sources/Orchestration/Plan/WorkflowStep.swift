import JSON

/// A step as it is written, with the fields every type has in common read.
struct WorkflowStep: Sendable {
    var id: String
    var name: String
    var type: String
    /// As written; a plan adds what branches and the sequential form imply.
    var dependencies: [String]
    var continueOnError: Bool
    var retryPolicy: StepRetryPolicy?
    /// The name of the runtime variable that takes the data.
    var outputVariable: String?
    /// The whole step.
    let json: JSONValue

    /// A field of the step's type: at the top level, or among the params, where older workflows
    /// have it.
    func field(_ key: String) -> JSONValue? {
        for place in [json, json["params"]] {
            if let value = place?[key], !value.isNull { return value }
        }
        return nil
    }

    func text(_ key: String) -> String? { field(key)?.stringValue }

    /// Reads the common fields of a step in normal form; `faults` takes what is wrong with them.
    init(_ json: JSONValue, faults: inout [String]) {
        self.json = json
        id = json["id"]?.stringValue ?? ""
        type = json["type"]?.stringValue ?? ""
        name = json["name"]?.stringValue ?? id
        continueOnError = json["continueOnError"]?.boolValue ?? false
        outputVariable = json["output_variable"]?.stringValue
        dependencies = (json["dependencies"]?.arrayValue ?? []).compactMap(\.stringValue)
        var found: [String] = []
        if type.isEmpty { found.append("type is required") }
        if let list = json["dependencies"], !list.isNull,
            list.arrayValue?.allSatisfy({ $0.stringValue != nil }) != true
        {
            found.append("dependencies must be an array of step ids")
        }
        if let policy = json["retryPolicy"], !policy.isNull {
            do { retryPolicy = try StepRetryPolicy(policy) } catch { found.append(error.message) }
        }
        faults += found.map { [id] in "step '\(id)': \($0)" }
    }
}
