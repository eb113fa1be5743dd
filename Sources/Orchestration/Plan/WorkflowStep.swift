import JSON
import Journal

/// A step as it is written, with the fields every type has in common read.
struct WorkflowStep: Sendable {
    /// The longest time limit, in milliseconds: 30 days.
    static let maxTimeoutMilliseconds = 2_592_000_000.0

    var id: String
    var name: String
    var type: String
    /// As written; a plan adds what branches and the sequential form imply.
    var dependencies: [String]
    var continueOnError: Bool
    var retryPolicy: StepRetryPolicy?
    /// For all attempts of the step together.
    var timeout: Duration?
    var cache: CachePolicy?
    /// In the order in which they are tried.
    var fallbacks: [Fallback] = []
    /// Undoes the step when the run fails after it.
    var rollback: ActionReference?
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
        readPolicies(&found)
        faults += found.map { [id] in "step '\(id)': \($0)" }
    }

    private mutating func readPolicies(_ found: inout [String]) {
        read("retryPolicy", &found) { step, json throws(RunFailure) in
            step.retryPolicy = try StepRetryPolicy(json)
        }
        read("timeout", &found) { step, json throws(RunFailure) in
            step.timeout = try Self.milliseconds(json)
        }
        read("cache", &found) { step, json throws(RunFailure) in
            step.cache = try CachePolicy.read(json)
        }
        read("fallback", &found) { step, json throws(RunFailure) in
            step.fallbacks = try Fallback.list(json)
        }
        read("rollbackAction", &found) { step, json throws(RunFailure) in
            step.rollback = try ActionReference(json, field: "rollbackAction")
        }
    }

    private mutating func read(
        _ key: String, _ found: inout [String],
        _ take: (inout WorkflowStep, JSONValue) throws(RunFailure) -> Void
    ) {
        guard let value = json[key], !value.isNull else { return }
        do { try take(&self, value) } catch { found.append(error.message) }
    }

    private static func milliseconds(_ json: JSONValue) throws(RunFailure) -> Duration {
        guard let milliseconds = json.doubleValue, milliseconds > 0,
            milliseconds <= maxTimeoutMilliseconds
        else {
            throw .workflow(
                .validation, "timeout must be a number of milliseconds above 0, at most 30 days")
        }
        return .milliseconds(milliseconds)
    }

    /// The actions the step names besides its own.
    var namedActions: [ActionReference] {
        fallbacks.compactMap(\.action) + (rollback.map { [$0] } ?? [])
    }

    /// The templates among the common fields that are read before the step has run.
    var commonTexts: [JSONValue] {
        fallbacks.map(\.texts) + (cache?.key.map { [.string($0)] } ?? [])
    }
}
