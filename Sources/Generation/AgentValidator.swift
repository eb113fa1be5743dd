import JSON
import JSONSchema

/// Finds everything that is wrong with an agent: first against the schema, then against the rules
/// that a schema cannot express. Every error is reported, not only the first.
struct AgentValidator {
    private let schema: AgentSchema
    /// The user the agent must belong to; nil lets it have any owner.
    private let userID: String?

    init(schema: AgentSchema, userID: String?) {
        self.schema = schema
        self.userID = userID
    }

    func faults(in agent: JSONValue) -> [AgentFault] {
        schema.errors(in: agent).map { schemaFault($0, in: agent) } + ruleFaults(in: agent)
    }

    private func schemaFault(_ error: ValidationError, in agent: JSONValue) -> AgentFault {
        if let field = Self.topLevelField(error.instancePointer) {
            return .schema(error.message, fields: [field])
        }
        if error.keyword == "required" {
            let missing = schema.required.filter { agent[$0] == nil }
            return .schema(error.message, fields: Set(missing))
        }
        return .schema(error.message)
    }

    private func ruleFaults(in agent: JSONValue) -> [AgentFault] {
        ownerFaults(in: agent) + feeFaults(in: agent) + headingFaults(in: agent)
            + scheduleFaults(in: agent)
    }

    private func ownerFaults(in agent: JSONValue) -> [AgentFault] {
        let field = AgentSchema.Field.owner
        guard let owner = agent[field]?.stringValue, !owner.isBlank else {
            return [.rule("Owner is required", fields: [field])]
        }
        guard userID == nil || owner == userID else {
            return [.rule("Owner does not match user ID", fields: [field])]
        }
        return []
    }

    private func feeFaults(in agent: JSONValue) -> [AgentFault] {
        let field = AgentSchema.Field.feePercentage
        guard case .number(let fee)? = agent[field], fee > 100 else { return [] }
        return [.rule("Fee percentage too high", fields: [field])]
    }

    private func headingFaults(in agent: JSONValue) -> [AgentFault] {
        schema.properties.compactMap { name, property in
            guard property["x-no-headings"]?.boolValue == true,
                let text = agent[name]?.stringValue, Headings.areTooHigh(in: text)
            else { return nil }
            return .rule(
                "\(name): level 1 and 2 headings (# and ##) are not allowed", fields: [name])
        }
    }

    private func scheduleFaults(in agent: JSONValue) -> [AgentFault] {
        let field = AgentSchema.Field.autonomous
        let tasks = agent[field]?.arrayValue ?? []
        return tasks.enumerated().flatMap { index, task in
            ScheduleRule.faults(of: task).map {
                AgentFault.rule("\(field).\(index): \($0)", fields: [field])
            }
        }
    }

    /// The first segment of a JSON Pointer; nil at the root.
    private static func topLevelField(_ pointer: String) -> String? {
        guard pointer.hasPrefix("/") else { return nil }
        let segment = pointer.dropFirst().prefix { $0 != "/" }
        return JSONPointerSegment.decoded(segment)
    }
}
