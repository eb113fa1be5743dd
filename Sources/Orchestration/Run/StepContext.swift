import JSON
import Journal

/// What a step type is given to run a step.
struct StepContext: Sendable {
    let engine: WorkflowEngine
    let scope: Scope
    /// The step's place in the run, such as `step3[2].classify`: names its calls in the journal.
    let path: String

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
        if let failure = outcome.failure { throw StepFailure(failure) }
        return outcome
    }
}
