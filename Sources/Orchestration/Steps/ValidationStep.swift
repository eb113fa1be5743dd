import AgentKit
import JSON
import JSONSchema
import Journal

/// `validation`: checks `input` against a `schema`, `rules`, or both. The data is
/// `{valid, errors, data}`, the errors texts.
///
/// The schema is JSON Schema; `min` and `max` are read as `minimum` and `maximum`. A rule is
/// `{field, condition: {operator, value}, message?}`, the field a path in the input.
/// `onValidationFail` says what becomes of data that is not valid: the step fails (`throw`), goes
/// on (`continue`), or counts as skipped with all that depends on it alone (`skip`).
struct ValidationStep: StepType {
    let names = ["validation"]

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        outline.require("input", of: step)
        outline.fields = [step.field("input") ?? .null]
        outline.check("onValidationFail", of: step, isOneOf: ["throw", "continue", "skip"])
        if step.field("schema") == nil, step.field("rules") == nil {
            outline.faults.append("schema or rules is required")
        }
        if let schema = step.field("schema") {
            do { _ = try JSONSchema(Self.normalized(schema)) } catch {
                outline.faults.append("schema: \(error.message)")
            }
        }
        do {
            for rule in try ValidationRule.list(step.field("rules")) {
                outline.texts.append(rule.value)
            }
        } catch {
            outline.faults.append(error.message)
        }
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let input = try context.renderField(step.step.field("input"))
        let faults: [Fault]
        do {
            faults = try self.faults(of: input, step.step, context.scope)
        } catch {
            throw StepFailure(error)
        }
        var output = StepOutput([
            "valid": .bool(faults.isEmpty),
            "errors": .array(faults.map { .string($0.message) }), "data": input,
        ])
        guard !faults.isEmpty else { return output }
        switch step.step.text("onValidationFail") {
        case "continue": return output
        case "skip":
            output.isSkipped = true
            return output
        default:
            throw StepFailure(
                RunFailure.workflow(
                    .validationFailed,
                    "the data is not valid: " + faults.map(\.place).joined(separator: ", ")))
        }
    }

    /// What is wrong with the data. The message may quote it; the place may be logged.
    private struct Fault {
        var place: String
        var message: String
    }

    private func faults(
        of input: JSONValue, _ step: WorkflowStep, _ scope: Scope
    ) throws(RunFailure) -> [Fault] {
        var faults: [Fault] = []
        if let schema = step.field("schema") {
            let compiled: JSONSchema
            do { compiled = try JSONSchema(Self.normalized(schema)) } catch {
                throw .workflow(.validation, "schema: \(error.message)")
            }
            faults += compiled.validate(input).map {
                Fault(
                    place: "\($0.instancePath) (\($0.keyword))",
                    message: "\($0.instancePath): \($0.message)")
            }
        }
        for (index, rule) in try ValidationRule.list(step.field("rules")).enumerated()
        where try !rule.holds(for: input, in: scope) {
            faults.append(
                Fault(place: "\(rule.field) (rule \(index + 1))", message: rule.message))
        }
        return faults
    }

    /// Puts JSON Schema's names in the place of the short ones, level by level.
    private static func normalized(_ schema: JSONValue) -> JSONValue {
        guard case .object(var object) = schema else { return schema }
        for (short, full) in [("min", "minimum"), ("max", "maximum")] {
            guard let value = object[short], object[full] == nil else { continue }
            object[full] = value
            object[short] = nil
        }
        if let properties = object["properties"]?.objectValue {
            object["properties"] = .object(
                JSONObject(properties.map { ($0.key, normalized($0.value)) }))
        }
        if let items = object["items"] { object["items"] = normalized(items) }
        return .object(object)
    }
}
