import AgentKit
import JSON
import Journal

/// Runs a list of steps once for each element of an array: the iterations of a loop, the items of
/// a scatter.
struct ElementRuns: Sendable {
    let context: StepContext
    let elements: [JSONValue]
    let block: StepBlock?
    /// The name the steps know the element by besides `current` and `item`.
    var name: String?
    /// Elements at the same time.
    var concurrency = 1
    /// Whether a failed element leaves the others alone.
    let continuesOnError: Bool

    /// The outcomes by element; nil for those that did not start, because another failed, or waits
    /// and its successors with it, or the task was cancelled.
    func run() async -> [BlockOutcome?] {
        await withTaskGroup(of: (Int, BlockOutcome).self) { group in
            var outcomes = [BlockOutcome?](repeating: nil, count: elements.count)
            var next = 0
            var isEnded = false
            func startNext() {
                guard next < elements.count, !isEnded, !Task.isCancelled else { return }
                let index = next
                next += 1
                group.addTask { (index, await run(index)) }
            }
            for _ in 0..<max(1, concurrency) { startNext() }
            while let (index, outcome) = await group.next() {
                outcomes[index] = outcome
                if let failure = outcome.failure, !continuesOnError || failure.endsRun {
                    isEnded = true
                }
                if outcome.suspension != nil, concurrency <= 1 { isEnded = true }
                startNext()
            }
            return outcomes
        }
    }

    private func run(_ index: Int) async -> BlockOutcome {
        var scope = context.scope
        scope.element = Scope.Element(
            value: elements[index], index: index, count: elements.count)
        if let name { scope.named[name] = elements[index] }
        guard let block else { return BlockOutcome(scope: scope) }
        var engine = context.engine
        engine.absorbsFailures = engine.absorbsFailures || continuesOnError
        return await engine.run(block, scope: scope, path: "\(context.path)[\(index)].")
    }

    /// Why the step cannot use the outcomes: it was cancelled, an element failed and that counts,
    /// or one waits. The code names the failure of an element.
    func earlyEnd(of outcomes: [BlockOutcome?], code: WorkflowCode) -> StepFailure? {
        let failures = outcomes.compactMap { $0?.failure }
        let isCut = outcomes.contains { $0 == nil } && Task.isCancelled
        if isCut || failures.contains(where: { $0.failureClass == .cancelled }) {
            return StepFailure(RunFailure.cancelled)
        }
        for (index, outcome) in outcomes.enumerated() {
            guard var failure = outcome?.failure else { continue }
            if failure.endsRun { return StepFailure(failure) }
            guard !continuesOnError else { continue }
            failure.code = code.rawValue
            failure.message = "\(label(code)) \(index): \(failure.message)"
            return StepFailure(failure)
        }
        return Suspension.joined(outcomes.compactMap { $0?.suspension }).map { StepFailure($0) }
    }

    private func label(_ code: WorkflowCode) -> String {
        code == .loopIterationFailed ? "iteration" : "item"
    }

    /// The data of an element's steps, by step.
    func data(_ outcome: BlockOutcome) -> JSONValue {
        block.map(outcome.data) ?? [:]
    }
}
