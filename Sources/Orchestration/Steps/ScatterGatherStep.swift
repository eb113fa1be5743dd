import AgentKit
import JSON
import Journal

/// `scatter_gather`: runs its steps once for each element of `scatter.input`, side by side, and
/// gathers what they give. A failed element is left out of the data and told in
/// `metadata.failedItems` as `[{error, item}]`; when all fail, so does the step.
struct ScatterGatherStep: StepType {
    let names = ["scatter_gather"]

    private static let block = "scatter"

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        let scatter = step.field("scatter")
        let gather = step.field("gather")
        if let input = scatter?["input"], !input.isNull {
            outline.fields = [input]
        } else {
            outline.faults.append("scatter.input is required")
        }
        if let steps = scatter?["steps"]?.arrayValue, !steps.isEmpty {
            outline.blocks[Self.block] = StepOutline.Block(
                steps: steps, scope: .element(name: Self.name(scatter)))
        } else {
            outline.faults.append("scatter.steps must be an array of at least one step")
        }
        outline.faults += Self.nameFaults(scatter?["itemVariable"])
        outline.checkConcurrency(scatter?["maxConcurrency"])
        outline.faults += Gather.faults(of: gather)
        if let expression = gather?["reduceExpression"] { outline.texts = [expression] }
        outline.localRoots = [.current, .item, .index]
        return outline
    }

    private static func nameFaults(_ json: JSONValue?) -> [String] {
        guard let json, !json.isNull else { return [] }
        guard let name = json.stringValue, !name.isEmpty,
            name.allSatisfy(ReferenceCursor.isNameCharacter)
        else { return ["scatter.itemVariable must be a name"] }
        let own: Set<Scope.Root> = [.item, .current]
        guard let root = Scope.Root(rawValue: name), !own.contains(root) else { return [] }
        return ["scatter.itemVariable: '\(name)' is a reserved word"]
    }

    /// nil for the names every element has.
    private static func name(_ scatter: JSONValue?) -> String? {
        guard let name = scatter?["itemVariable"]?.stringValue,
            Scope.Root(rawValue: name) == nil
        else { return nil }
        return name
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let scatter = step.step.field("scatter")
        let source = try context.renderField(scatter?["input"])
        guard let elements = source.arrayValue else {
            throw StepFailure(
                RunFailure.workflow(
                    .invalidScatterInput,
                    "scatter.input must be an array, not \(source.typeName)"))
        }
        let limits = context.engine.limits
        let concurrency = scatter?["maxConcurrency"]?.intValue ?? limits.maxConcurrentSteps
        let runs = ElementRuns(
            context: context, elements: elements, block: step.blocks[Self.block],
            name: Self.name(scatter), concurrency: min(concurrency, limits.maxConcurrencyAsked),
            continuesOnError: true)
        let outcomes = await runs.run()
        let ran = outcomes.compactMap(\.self)
        for outcome in ran { activity += outcome.activity }
        if runs.concurrency > 1, ran.count > 1 {
            activity.workflow.parallelExecutions += ran.count
        }
        if let end = runs.earlyEnd(of: outcomes, code: .scatterItemFailed) { throw end }
        return try output(of: ran, runs, step.step.field("gather"), context.scope)
    }

    private func output(
        of outcomes: [BlockOutcome], _ runs: ElementRuns, _ gather: JSONValue?, _ scope: Scope
    ) throws(StepFailure) -> StepOutput {
        let failed = outcomes.enumerated().compactMap { index, outcome in
            outcome.failure.map { (index, $0) }
        }
        if let (index, cause) = failed.first, failed.count == outcomes.count {
            // Permanent, because each failure has been journalled as one the run goes on after.
            throw StepFailure(
                RunFailure(
                    cause.failureClass, code: WorkflowCode.scatterItemFailed.rawValue,
                    message: "all items failed; item \(index): \(cause.message)",
                    isPermanent: true))
        }
        let results = outcomes.filter { $0.failure == nil }.map(runs.data)
        var output: StepOutput
        do { output = StepOutput(try Gather(gather).value(of: results, in: scope)) } catch {
            throw StepFailure(error)
        }
        output.metadata["itemCount"] = JSONValue(outcomes.count)
        if !failed.isEmpty {
            output.metadata["failedItems"] = .array(
                failed.map { index, failure in
                    ["error": .string(failure.message), "item": JSONValue(index)]
                })
        }
        return output
    }
}
