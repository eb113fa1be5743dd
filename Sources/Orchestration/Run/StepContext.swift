import JSON
import Journal

/// What a step type is given to run a step.
struct StepContext: Sendable {
    let engine: WorkflowEngine
    let scope: Scope
    /// The step's place in the run, such as `step3[2].classify`.
    let path: String
    let handling: FailureHandling
    /// The number of the try, counted from 1.
    var attempt = 1

    /// What the try's work is called in the journal: the place, from the second try on with `#2`.
    var key: String { attempt == 1 ? path : "\(path)#\(attempt)" }

    /// Whether the run goes on after this failure of the try.
    func goesOn(after failure: StepFailure) -> Bool {
        handling.goesOn(after: failure, tries: attempt)
    }

    /// A value with its references replaced.
    func render(_ value: JSONValue) throws(StepFailure) -> JSONValue {
        do { return try scope.render(value) } catch { throw StepFailure(error) }
    }

    /// A field that is a template or a bare reference; nil is null.
    func renderField(_ field: JSONValue?) throws(StepFailure) -> JSONValue {
        guard let field else { return .null }
        do { return try scope.renderField(field) } catch { throw StepFailure(error) }
    }

    func holds(_ condition: JSONValue?) throws(StepFailure) -> Bool {
        do { return try Condition(condition).holds(in: scope) } catch { throw StepFailure(error) }
    }

    /// Runs nested steps once and returns their outputs; the first failure is the step's own.
    func runNested(
        _ block: StepBlock, concurrency: Int? = nil, activity: inout RunActivity
    ) async throws(StepFailure) -> BlockOutcome {
        let outcome = await engine.run(
            block, scope: scope, path: "\(path).", concurrency: concurrency)
        activity += outcome.activity
        if let end = outcome.earlyEnd { throw end }
        return outcome
    }
}
