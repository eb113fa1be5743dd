import JSON
import Journal

extension StepFailure {
    /// Reads a failure that a run went on after; what is missing takes its plainest value.
    init(journalled json: JSONValue) {
        let failure = RunFailure(
            json["class"]?.stringValue.flatMap(FailureClass.init) ?? .tool,
            code: json["code"]?.stringValue ?? "", message: json["message"]?.stringValue ?? "",
            isPermanent: json["permanent"]?.boolValue ?? false)
        self.init(
            failure, isRepeatable: json["repeatable"]?.boolValue ?? false,
            codes: Set((json["codes"]?.arrayValue ?? []).compactMap(\.stringValue)))
        mayHaveHappened = json["mayHaveHappened"]?.boolValue ?? false
        isReplayed = true
    }

    /// The failure as the journal keeps it. How long a service asked to wait is not kept: a replay
    /// does not wait.
    var journalled: JSONValue {
        [
            "class": .string(failure.failureClass.rawValue), "code": .string(failure.code),
            "message": .string(failure.message), "permanent": .bool(failure.isPermanent),
            "repeatable": .bool(isRepeatable),
            "codes": .array(codes.sorted().map { .string($0) }),
            "mayHaveHappened": .bool(mayHaveHappened),
        ]
    }
}
