import AgentKit
import JSON
import Journal

/// Runs one step to its end: from the cache, by trying and trying again where its retry policy says
/// so, and by its fallbacks.
///
/// Each try has a key of its own in the journal, but all have the same idempotency key: what a
/// service has done for one it does not do again for the next.
struct StepAttempts: Sendable {
    let step: PlannedStep
    let engine: WorkflowEngine
    let scope: Scope
    let path: String

    func run() async -> StepEnd {
        guard !step.type.ownsTimeout, let limit = step.step.timeout else { return await runToEnd() }
        return isAbsorbed ? await run(journallingThe: limit) : await run(within: limit)
    }

    private func run(within limit: Duration) async -> StepEnd {
        let (end, isTimedOut) = await engine.within(limit) { engine in
            await StepAttempts(step: step, engine: engine, scope: scope, path: path).runToEnd()
        }
        return isTimedOut ? timedOut(end) : end
    }

    /// Whether the run goes on after a failure of the step.
    private var isAbsorbed: Bool {
        engine.absorbsFailures || step.step.continueOnError || engine.limits.continueOnError
    }

    // MARK: A time limit the run goes on after

    /// That the time was up is journalled: the run has gone on with it, so a later attempt, to which
    /// the step might answer in time, would ask for something else and pay for it all again.
    private func run(journallingThe limit: Duration) async -> StepEnd {
        var live: StepEnd?
        do {
            let kept = try await engine.journal.perform(
                JournalStep(
                    key: "\(path).limit", kind: .step,
                    fingerprint: Fingerprint.of(JSONValue(limit / .milliseconds(1))), effect: .none)
            ) {
                let end = await run(within: limit)
                live = end
                return try Self.verdict(on: end)
            }
            if let live { return live }
            guard let failure = kept["failure"] else { return await run(within: limit) }
            return StepEnd(
                id: step.step.id, result: .failure(StepFailure(journalled: failure)),
                activity: RunActivity())
        } catch let failure as StepFailure {
            return live
                ?? StepEnd(id: step.step.id, result: .failure(failure), activity: RunActivity())
        } catch {
            return StepEnd(
                id: step.step.id, result: .failure(StepFailure(catching: error)),
                activity: live?.activity ?? RunActivity())
        }
    }

    /// What the journal keeps of the limit: nothing but a timeout, the rest is journalled inside.
    /// An end that is none (a wait, a cancelled run) is thrown and not kept.
    private static func verdict(on end: StepEnd) throws(StepFailure) -> JSONValue {
        guard case .failure(let failure) = end.result else { return [:] }
        if failure.suspension != nil || failure.failure.endsRun { throw failure }
        return failure.codes.contains(timeoutMark) ? ["failure": failure.journalled] : [:]
    }

    /// In the codes of a failure of the step's own limit.
    private static let timeoutMark = "STEP_TIMEOUT"

    private func runToEnd() async -> StepEnd {
        var activity = RunActivity()
        do {
            let key = try cacheKey()
            if let key, let output = try await cached(key) {
                return StepEnd(id: step.step.id, result: .success(hit(output)), activity: activity)
            }
            let output = try await output(&activity)
            if let key {
                engine.cache.keep(
                    output, for: key, timeToLive: step.step.cache?.timeToLive, now: engine.now())
            }
            return StepEnd(id: step.step.id, result: .success(output), activity: activity)
        } catch {
            let failure =
                Task.isCancelled && error.suspension == nil ? Self.cancelled(error) : error
            return StepEnd(id: step.step.id, result: .failure(failure), activity: activity)
        }
    }

    // MARK: Trying

    private func output(_ activity: inout RunActivity) async throws(StepFailure) -> StepOutput {
        var context = context()
        while true {
            do {
                return try await attempt(context, &activity)
            } catch {
                let pause = context.handling.pause(
                    after: error, tries: context.attempt, jitter: engine.jitter())
                guard let pause, engine.deadline.allows(pause),
                    (try? await engine.pause(pause)) != nil
                else {
                    return try await fallBack(after: error, context, &activity)
                }
                context.attempt += 1
                activity.stepRetries += 1
            }
        }
    }

    private func context() -> StepContext {
        let handling = FailureHandling(
            policy: step.step.retryPolicy ?? StepRetryPolicy(),
            maxBackoff: engine.limits.maxBackoff, isAbsorbed: isAbsorbed,
            hasFallback: !step.step.fallbacks.isEmpty)
        var engine = engine
        engine.absorbsFailures = isAbsorbed || handling.hasFallback
        return StepContext(engine: engine, scope: scope, path: path, handling: handling)
    }

    private func attempt(
        _ context: StepContext, _ activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        if Task.isCancelled { throw StepFailure(RunFailure.cancelled) }
        guard context.engine.budget.take() else {
            throw StepFailure(
                RunFailure.workflow(
                    .execution,
                    "the run started more than \(context.engine.limits.maxStepRuns) steps"))
        }
        return try await step.type.run(step, in: context, activity: &activity)
    }

    // MARK: Falling back

    private func fallBack(
        after failure: StepFailure, _ context: StepContext, _ activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let fallbacks = step.step.fallbacks
        guard failure.allowsFallback, !fallbacks.isEmpty, !Task.isCancelled else { throw failure }
        var last = failure
        for (index, fallback) in fallbacks.enumerated() {
            do {
                let isLast = index == fallbacks.count - 1
                var output = try await output(
                    of: fallback, number: index + 1, isLast: isLast, context, &activity)
                output.metadata["fallback"] = JSONValue(index + 1)
                output.isOwnWork = false
                return output
            } catch {
                guard error.allowsFallback else { throw error }
                last = error
            }
        }
        var all = last.failure
        all.code = WorkflowCode.allFallbacksFailed.rawValue
        all.message = "\(failure.failure.message); then its fallbacks: \(last.failure.message)"
        throw StepFailure(all)
    }

    private func output(
        of fallback: Fallback, number: Int, isLast: Bool, _ context: StepContext,
        _ activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        switch fallback {
        case .value(let value):
            return StepOutput(try context.render(value))
        case .action(let action):
            var policy = StepRetryPolicy()
            policy.maxRetries = 0
            let handling = FailureHandling(
                policy: policy, maxBackoff: .zero, isAbsorbed: context.handling.isAbsorbed,
                hasFallback: !isLast)
            let inner = StepContext(
                engine: context.engine, scope: scope, path: "\(path)!fallback\(number)",
                handling: handling)
            return try await ToolInvocation(
                plugin: action.plugin, action: action.action,
                arguments: try context.render(action.params)
            ).output(in: inner, activity: &activity)
        }
    }

    // MARK: The cache

    /// nil when the step is not cached, or its type never is.
    private func cacheKey() throws(StepFailure) -> String? {
        guard let policy = step.step.cache else { return nil }
        let context = context()
        guard let question = try step.type.cacheQuestion(of: step, in: context) else { return nil }
        guard let template = policy.key else { return Fingerprint.of(question) }
        let key = try context.render(.string(template))
        return "key " + (key.stringValue ?? key.serialized)
    }

    /// The output of an equal step, if there is one. Whether there was is journalled: in a later
    /// attempt, where what is replayed takes no time, the cache would hold more or less than then.
    private func cached(_ key: String) async throws(StepFailure) -> StepOutput? {
        do {
            let found = try await engine.journal.perform(
                JournalStep(
                    key: "\(path).cache", kind: .step, fingerprint: Fingerprint.of(key),
                    effect: .none)
            ) {
                engine.cache.output(for: key, now: engine.now())?.journalled ?? [:]
            }
            return StepOutput(journalled: found)
        } catch {
            throw StepFailure(catching: error)
        }
    }

    private func hit(_ output: StepOutput) -> StepOutput {
        var output = output
        output.metadata["cacheHit"] = true
        output.isOwnWork = false
        return output
    }

    // MARK: Ending early

    private static func cancelled(_ failure: StepFailure) -> StepFailure {
        var cancelled = StepFailure(RunFailure.cancelled)
        cancelled.mayHaveHappened = failure.mayHaveHappened
        return cancelled
    }

    /// A step that was done, or waits, when its time was up counts as that.
    private func timedOut(_ end: StepEnd) -> StepEnd {
        guard case .failure(let failure) = end.result, failure.failure.failureClass == .cancelled
        else { return end }
        var timeout = StepFailure(
            RunFailure(
                .timeout, code: WorkflowCode.timeout.rawValue,
                message: "the step's time limit passed"
                    + (failure.mayHaveHappened ? "; whether its action happened is unknown" : ""),
                isPermanent: failure.mayHaveHappened),
            codes: [Self.timeoutMark])
        timeout.mayHaveHappened = failure.mayHaveHappened
        return StepEnd(id: end.id, result: .failure(timeout), activity: end.activity)
    }
}
