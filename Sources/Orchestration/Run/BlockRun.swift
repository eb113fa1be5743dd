import AgentKit
import JSON
import Journal

/// Runs a list of steps: each as soon as its dependencies are done, a limited number at a time.
///
/// Once a step has failed, and the run with it, no further step starts; those that run are
/// awaited, because an action cut off has an unknown outcome. A step that waits for something from
/// outside holds up only those that depend on it.
struct BlockRun {
    let engine: WorkflowEngine
    let block: StepBlock
    let path: String

    private let steps: [String: PlannedStep]
    private var states: [String: StepState]
    private var scope: Scope
    private var outputs: [String: JSONValue] = [:]
    private var variables: JSONObject = [:]
    private var ends: [String: StepEnd] = [:]
    private var failures: [String: RunFailure] = [:]
    private var suspensions: [String: Suspension] = [:]
    private var running = 0

    init(engine: WorkflowEngine, block: StepBlock, scope: Scope, path: String) {
        self.engine = engine
        self.block = block
        self.scope = scope
        self.path = path
        steps = Dictionary(
            block.steps.map { ($0.step.id, $0) }, uniquingKeysWith: { first, _ in first })
        states = steps.mapValues { _ in .pending }
    }

    mutating func outcome(concurrency: Int) async -> BlockOutcome {
        await withTaskGroup(of: StepEnd.self) { group in
            start(in: &group, concurrency: concurrency)
            while let end = await group.next() {
                running -= 1
                settle(end)
                start(in: &group, concurrency: concurrency)
            }
        }
        let pending = block.steps.filter { states[$0.step.id] == .pending }
        let isSuspended = failures.isEmpty && !suspensions.isEmpty && !Task.isCancelled
        if !isSuspended { for step in pending { skip(step) } }
        return summary(isCut: failures.isEmpty && !isSuspended && !pending.isEmpty)
    }

    // MARK: Starting

    private mutating func start(in group: inout TaskGroup<StepEnd>, concurrency: Int) {
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for step in block.steps where states[step.step.id] == .pending {
                guard failures.isEmpty, !Task.isCancelled else { return }
                switch Readiness.decide(step, states: states, steps: steps) {
                case .wait: break
                case .skip:
                    skip(step)
                    hasChanged = true
                case .run where running < concurrency:
                    launch(step, in: &group)
                    hasChanged = true
                case .run: break
                }
            }
        }
    }

    private mutating func launch(_ step: PlannedStep, in group: inout TaskGroup<StepEnd>) {
        do {
            guard try step.executeIf.holds(in: scope) else { return skip(step) }
        } catch {
            return settle(
                StepEnd(
                    id: step.step.id, result: .failure(StepFailure(error)),
                    activity: RunActivity()))
        }
        states[step.step.id] = .running
        running += 1
        let attempt = StepAttempts(
            step: step, engine: engine, scope: scope, path: path + step.step.id)
        group.addTask { await attempt.run() }
    }

    private mutating func skip(_ step: PlannedStep) {
        states[step.step.id] = .skipped
        put([step.step.id: .null])
        putNested(of: step)
    }

    // MARK: Settling

    private mutating func settle(_ end: StepEnd) {
        guard let planned = steps[end.id] else { return }
        let step = planned.step
        ends[end.id] = end
        switch end.result {
        case .success(let output) where output.isSkipped:
            skip(planned)
        case .success(let output):
            putNested(of: planned)
            states[end.id] = .completed(branch: output.chosenBranch)
            put([end.id: output.json(of: step)])
            put(output.exports)
            for (name, value) in output.variables { set(name, value) }
            if let name = step.outputVariable { set(name, output.data) }
            if output.isOwnWork { noteRollback(of: step) }
        case .failure(let failure):
            if let suspension = failure.suspension {
                states[end.id] = .suspended
                suspensions[end.id] = suspension
                return
            }
            putNested(of: planned)
            let isTolerated =
                (step.continueOnError || engine.limits.continueOnError)
                && !failure.failure.endsRun
            states[end.id] = isTolerated ? .tolerated : .failed
            if !isTolerated { failures[end.id] = failure.failure }
            put([end.id: StepOutput.json(of: step, failure: failure.failure)])
        }
    }

    /// The arguments are made now, while the step's surroundings exist.
    private func noteRollback(of step: WorkflowStep) {
        guard let action = step.rollback else { return }
        let arguments: Result<JSONValue, RunFailure>
        do { arguments = .success(try scope.render(action.params)) } catch {
            arguments = .failure(error)
        }
        engine.rollbacks.note(
            RollbackLog.Entry(path: path + step.id, action: action, arguments: arguments))
    }

    /// Nested steps that did not run are null to those that refer to them.
    private mutating func putNested(of step: PlannedStep) {
        put(step.blocks.values.flatMap(\.exportedIDs).reduce(into: [:]) { $0[$1] = .null })
    }

    private mutating func set(_ variable: String, _ value: JSONValue) {
        variables[variable] = value
        scope.variables[variable] = value
    }

    private mutating func put(_ values: [String: JSONValue]) {
        outputs.merge(values) { _, new in new }
        scope.outputs.merge(values) { _, new in new }
    }

    // MARK: Summing up

    /// `isCut`: steps were left out although none had failed, so the task was cancelled.
    private func summary(isCut: Bool) -> BlockOutcome {
        var outcome = BlockOutcome(scope: scope, outputs: outputs, variables: variables)
        var ranByLevel: [Int: Int] = [:]
        for step in block.steps {
            switch states[step.step.id] {
            case .completed: outcome.counts.completed += 1
            case .failed, .tolerated: outcome.counts.failed += 1
            case .skipped: outcome.counts.skipped += 1
            default: break
            }
            if let end = ends[step.step.id] {
                outcome.activity += end.activity
                ranByLevel[step.level, default: 0] += 1
            }
        }
        outcome.activity.workflow.parallelExecutions += ranByLevel.values.filter { $0 > 1 }
            .reduce(0, +)
        outcome.failure = isCut ? .cancelled : failure()
        if outcome.failure == nil {
            outcome.suspension = Suspension.joined(
                block.steps.compactMap { suspensions[$0.step.id] })
        }
        return outcome
    }

    private func failure() -> RunFailure? {
        let failed = block.steps.compactMap { step in
            failures[step.step.id].map { (id: step.step.id, failure: $0) }
        }
        guard let first = failed.first else { return nil }
        var failure = first.failure
        if failed.contains(where: { $0.failure.failureClass == .cancelled }) { return .cancelled }
        failure.message = failed.map { "step '\($0.id)': \($0.failure.message)" }
            .joined(separator: "; ")
        if failed.count > 1 {
            failure.code = WorkflowCode.multipleStepFailures.rawValue
            failure.isPermanent = failed.contains { $0.failure.isPermanent }
            failure.retryAfter = failed.compactMap(\.failure.retryAfter).max()
        }
        return failure
    }
}
