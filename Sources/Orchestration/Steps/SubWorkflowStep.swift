import AgentKit
import FoundationEssentials
import JSON
import Journal

/// `sub_workflow`: runs a workflow of its own, written in the step (`workflowSteps`) or another
/// agent's (`workflowId`), and is one step to the outside.
///
/// It sees `inputs`, `{name: reference}`; with `inheritContext` also the inputs of the run, and,
/// when it is written in the step, everything the step sees. The data is `{<stepId>: data}`, or
/// what `outputMapping`, `{name: reference into the sub-workflow}`, takes out of it. `onError` says
/// what becomes of a failure: the step fails (`throw`), its data is null (`continue`), or
/// `{error, errorCode}` (`return_error`).
struct SubWorkflowStep: StepType {
    let names = ["sub_workflow"]
    /// A time limit has a code of its own.
    let ownsTimeout = true
    let loadWorkflow: WorkflowLoader?

    private static let block = "workflow"
    /// Workflows of other agents within one another.
    private static let maxDepth = 5

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        outline.check("onError", of: step, isOneOf: ["throw", "continue", "return_error"])
        outline.checkBooleans("inheritContext", of: step)
        for key in ["inputs", "outputMapping"] where step.field(key)?.objectValue == nil {
            if step.field(key) != nil { outline.faults.append("\(key) must be an object") }
        }
        outline.fields = step.field("inputs")?.objectValue?.values ?? []
        let isInline = step.field("workflowSteps") != nil
        if isInline == (step.field("workflowId") != nil) {
            outline.faults.append("one of workflowId and workflowSteps is required")
        } else if isInline {
            addBlock(of: step, to: &outline)
        } else {
            checkID(of: step, &outline)
        }
        return outline
    }

    private func addBlock(of step: WorkflowStep, to outline: inout StepOutline) {
        guard let steps = step.field("workflowSteps")?.arrayValue, !steps.isEmpty else {
            outline.faults.append("workflowSteps must be an array of at least one step")
            return
        }
        outline.blocks[Self.block] = StepOutline.Block(
            steps: steps,
            scope: step.field("inheritContext") == true ? .inherited : .isolated,
            results: step.field("outputMapping")?.objectValue?.values ?? [])
    }

    private func checkID(of step: WorkflowStep, _ outline: inout StepOutline) {
        if step.text("workflowId").flatMap(UUID.init(uuidString:)) == nil {
            outline.faults.append("workflowId must be the UUID of an agent")
        } else if loadWorkflow == nil {
            outline.faults.append(
                "workflowId names another agent, and this worker runs no workflow but the job's "
                    + "own; write its steps as workflowSteps")
        }
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let (engine, block, scope) = try await workflow(of: step, in: context)
        let path = "\(context.path)."
        let (outcome, isTimedOut) = await engine.within(step.step.timeout) { engine in
            await engine.run(block, scope: scope, path: path)
        }
        activity += outcome.activity
        guard let end = outcome.earlyEnd else {
            return StepOutput(try data(of: outcome, block, step.step))
        }
        if end.suspension != nil { throw end }
        let failure = Self.failure(end.failure, isTimedOut: isTimedOut)
        if failure.endsRun { throw StepFailure(failure) }
        switch step.step.text("onError") {
        case "continue": return Self.failed(failure, data: .null)
        case "return_error":
            return Self.failed(
                failure,
                data: ["error": .string(failure.message), "errorCode": .string(failure.code)])
        default: throw StepFailure(failure)
        }
    }

    // MARK: What runs

    private func workflow(
        of step: PlannedStep, in context: StepContext
    ) async throws(StepFailure) -> (engine: WorkflowEngine, block: StepBlock, scope: Scope) {
        var engine = context.engine
        let onError = step.step.text("onError") ?? "throw"
        engine.absorbsFailures = engine.absorbsFailures || onError != "throw"
        var inputs: JSONObject = [:]
        let inherits = step.step.field("inheritContext") == true
        if inherits { inputs = context.scope.inputs }
        for (name, field) in step.step.field("inputs")?.objectValue ?? [:] {
            inputs[name] = try context.renderField(field)
        }
        engine.input.inputValues = inputs
        guard let id = step.step.text("workflowId") else {
            var scope = Scope(inputs: [:])
            if inherits { scope = context.scope }
            scope.inputs = inputs
            return (engine, step.blocks[Self.block] ?? StepBlock(steps: []), scope)
        }
        let agent = try await load(id, in: context)
        engine.agent = agent
        engine.workflowDepth += 1
        do {
            let plan = try PlanBuilder.plan(agent, catalog: engine.catalog, tools: engine.tools)
            return (engine, plan.root, Scope(inputs: inputs))
        } catch {
            throw StepFailure(Self.failure(error, isTimedOut: false))
        }
    }

    private func load(
        _ id: String, in context: StepContext
    ) async throws(StepFailure) -> AgentDefinition {
        let engine = context.engine
        guard engine.workflowDepth < Self.maxDepth else {
            throw StepFailure(
                RunFailure.workflow(
                    .subWorkflowFailed,
                    "workflows of other agents nest more than \(Self.maxDepth) levels deep"))
        }
        var found: AgentDefinition?
        if let uuid = UUID(uuidString: id), let loadWorkflow {
            do {
                found = try await loadWorkflow(uuid, engine.agent.userID)
                if let found {
                    try await engine.tools.prepare(plugins: WorkflowPlugins.names(of: found))
                }
            } catch {
                throw StepFailure(catching: error)
            }
        }
        guard let found else {
            throw StepFailure(
                RunFailure.workflow(
                    .workflowNotFound, "workflowId '\(id)' names no agent of this user"))
        }
        return found
    }

    // MARK: What comes of it

    private func data(
        of outcome: BlockOutcome, _ block: StepBlock, _ step: WorkflowStep
    ) throws(StepFailure) -> JSONValue {
        guard let mapping = step.field("outputMapping")?.objectValue else {
            return outcome.data(of: block)
        }
        var data = JSONObject()
        for (name, field) in mapping {
            do { data[name] = try outcome.scope.renderField(field) } catch {
                throw StepFailure(error)
            }
        }
        return .object(data)
    }

    private static func failure(_ cause: RunFailure, isTimedOut: Bool) -> RunFailure {
        if isTimedOut, cause.failureClass == .cancelled {
            return RunFailure(
                .timeout, code: WorkflowCode.subWorkflowTimeout.rawValue,
                message: "the sub-workflow's time limit passed")
        }
        guard !cause.endsRun else { return cause }
        var failure = cause
        failure.code = WorkflowCode.subWorkflowFailed.rawValue
        failure.message = "sub-workflow: \(cause.message)"
        return failure
    }

    private static func failed(_ failure: RunFailure, data: JSONValue) -> StepOutput {
        var output = StepOutput(data)
        output.metadata["success"] = false
        output.metadata["error"] = .string(failure.message)
        output.metadata["errorCode"] = .string(failure.code)
        return output
    }
}
