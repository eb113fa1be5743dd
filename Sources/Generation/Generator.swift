import JSON
import Journal
import Models

/// Turns a prompt, and perhaps an existing agent, into a validated agent.
///
/// Everything that needs no model is settled first and checked before anything is spent. Then the
/// model writes the text fields, and each reply that fails validation is answered with its errors,
/// three tries in all. A call without a usable reply ends the run with its own class: an outage is
/// the job's to retry, a refusal, a filtered or a cut reply is not.
public struct Generator: Sendable {
    private let models: ModelCatalog
    private let settings: GenerationSettings

    public init(models: ModelCatalog, settings: GenerationSettings) {
        self.models = models
        self.settings = settings
    }

    /// Runs one generation. Every call is accounted for through the journal, with the activity
    /// `agent_generation` and the steps `try1`, `try2`, `try3`. On cancellation of the task it
    /// returns promptly, with the class `cancelled`.
    public func run(
        _ request: GenerationRequest, journal: any Journal
    ) async -> GenerationResult {
        var run = GenerationRun(request, settings: settings)
        do {
            let writer = try models.ladder(run.modelName)
            try run.draft.checkSettledFields()
            while !run.isOver {
                let reply = try await call(&run, writer, journal)
                try run.take(reply)
            }
            return run.result(failure: nil)
        } catch let suspension as Suspension {
            var result = run.result(failure: nil)
            result.suspension = suspension
            return result
        } catch {
            return run.result(failure: Self.failure(of: error))
        }
    }

    /// One try. A provider that refuses a part of the request's form is asked again without it.
    /// Throws `Suspension` and `RunFailure`.
    private func call(
        _ run: inout GenerationRun, _ writer: ModelLadder, _ journal: any Journal
    ) async throws -> ChatReply {
        while true {
            guard !Task.isCancelled else { throw Self.cancelled }
            do {
                return try await journal.complete(
                    run.chatRequest(model: writer.candidates[0].name), on: writer, step: run.step,
                    activity: run.activity)
            } catch let suspension as Suspension where !Task.isCancelled {
                throw suspension
            } catch {
                guard let error = error as? ModelError, run.shape.adapt(to: error) else {
                    throw Self.failure(of: error)
                }
            }
        }
    }

    /// The run's failure. An error that is none of the model's is the journal's own: the call was
    /// not made, or its reply may not be used.
    private static func failure(of error: any Error) -> RunFailure {
        if error is CancellationError || Task.isCancelled { return cancelled }
        if let error = error as? ModelError { return error.runFailure }
        if let failure = error as? RunFailure { return failure }
        return RunFailure(
            .transport, code: "JOURNAL_FAILED", message: "The model call could not be recorded.")
    }

    private static let cancelled = RunFailure(
        .cancelled, code: "CANCELLED", message: "The run was cancelled.")
}
