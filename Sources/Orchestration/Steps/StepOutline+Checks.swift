import JSON

extension StepOutline {
    /// Checks `maxConcurrency`, of the step or of a part of it.
    mutating func checkConcurrency(_ limit: JSONValue?) {
        guard let limit, !limit.isNull else { return }
        if limit.intValue.map((1...10).contains) != true {
            faults.append("maxConcurrency must be 1 to 10")
        }
    }

    /// Checks that a field, if it is there, is one of these words.
    mutating func check(_ key: String, of step: WorkflowStep, isOneOf words: [String]) {
        guard let value = step.field(key) else { return }
        if !words.contains(where: { value == .string($0) }) {
            faults.append("\(key) must be one of \(words.joined(separator: ", "))")
        }
    }

    /// Checks that fields, if they are there, are true or false.
    mutating func checkBooleans(_ keys: String..., of step: WorkflowStep) {
        for key in keys where step.field(key).map({ $0.boolValue == nil }) == true {
            faults.append("\(key) must be a boolean")
        }
    }
}
