import AgentKit
import JSON
import Journal

/// The iterations of one loop.
struct LoopRun {
    let step: PlannedStep
    let context: StepContext
    let elements: [JSONValue]
    let block: StepBlock?
    let continuesOnError: Bool

    /// Iterations at the same time: one, unless the loop is `parallel`.
    var concurrency: Int {
        guard step.step.json["parallel"] == true else { return 1 }
        let limits = context.engine.limits
        return min(
            step.step.field("maxConcurrency")?.intValue ?? limits.maxConcurrentSteps,
            limits.maxConcurrencyAsked)
    }

    /// The outcomes by element; nil for those that did not start, because another failed or the
    /// task was cancelled.
    func run() async -> [BlockOutcome?] {
        await withTaskGroup(of: (Int, BlockOutcome).self) { group in
            var outcomes = [BlockOutcome?](repeating: nil, count: elements.count)
            var next = 0
            var hasFailed = false
            func startNext() {
                guard next < elements.count, !hasFailed, !Task.isCancelled else { return }
                let index = next
                next += 1
                group.addTask { (index, await iterate(index)) }
            }
            for _ in 0..<max(1, concurrency) { startNext() }
            while let (index, outcome) = await group.next() {
                outcomes[index] = outcome
                hasFailed = hasFailed || (outcome.failure != nil && !continuesOnError)
                startNext()
            }
            return outcomes
        }
    }

    private func iterate(_ index: Int) async -> BlockOutcome {
        var scope = context.scope
        scope.element = Scope.Element(
            value: elements[index], index: index, count: elements.count)
        guard let block else { return BlockOutcome(scope: scope) }
        return await context.engine.run(block, scope: scope, path: "\(context.path)[\(index)].")
    }

    /// The loop's failure: its first failed iteration, unless it goes on after errors.
    func failure(of outcomes: [BlockOutcome?]) -> RunFailure? {
        let isCut = outcomes.contains { $0 == nil } && Task.isCancelled
        let isCancelled = outcomes.contains { $0?.failure?.failureClass == .cancelled }
        if isCut || isCancelled { return .cancelled }
        guard !continuesOnError else { return nil }
        for (index, outcome) in outcomes.enumerated() {
            guard var failure = outcome?.failure else { continue }
            failure.code = WorkflowCode.loopIterationFailed.rawValue
            failure.message = "iteration \(index): \(failure.message)"
            return failure
        }
        return nil
    }

    /// What an iteration adds to the loop's data.
    func data(_ index: Int, _ outcome: BlockOutcome) -> JSONValue {
        if let failure = outcome.failure {
            return ["error": .string(failure.message), "iteration": JSONValue(index)]
        }
        return block.map(outcome.data) ?? [:]
    }
}
