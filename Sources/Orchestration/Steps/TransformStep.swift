import AgentKit
import JSON
import Journal

/// `transform`: makes new data of old, by one of the operations of `TransformCatalog`.
struct TransformStep: StepType {
    let names = ["transform"]

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        outline.require("operation", "input", of: step)
        outline.fields = [step.field("input") ?? .null]
        outline.localRoots = [.current, .item, .index]
        guard let name = step.field("operation") else { return outline }
        guard let operation = name.stringValue.flatMap({ TransformCatalog.standard[$0] }) else {
            if let advice = name.stringValue.flatMap({ TransformCatalog.notTransforms[$0] }) {
                outline.faults.append("the operation \(name.serialized) is no transform: \(advice)")
                return outline
            }
            let known = TransformCatalog.standard.names.joined(separator: ", ")
            outline.faults.append(
                "unknown operation \(name.serialized) (known: \(known))")
            return outline
        }
        let config = Self.config(of: step)
        if config.objectValue == nil { outline.faults.append("config must be an object") }
        outline.faults += operation.faults(of: config)
        outline.fields += operation.fields(in: config)
        if let condition = operation.condition(in: config) {
            outline.conditions = [condition]
        } else {
            outline.texts = [config]
        }
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        guard let operation = step.step.text("operation").flatMap({ TransformCatalog.standard[$0] })
        else {
            throw StepFailure(RunFailure.workflow(.unknownTransformOperation, "unknown operation"))
        }
        let input = try context.renderField(step.step.field("input"))
        if input.isNull, operation.needsInput {
            throw StepFailure(RunFailure.workflow(.missingInputData, "the input is null"))
        }
        do {
            return StepOutput(
                try operation.apply(
                    to: input, config: Self.config(of: step.step), scope: context.scope))
        } catch {
            throw StepFailure(error)
        }
    }

    private static func config(of step: WorkflowStep) -> JSONValue {
        step.field("config") ?? [:]
    }
}
