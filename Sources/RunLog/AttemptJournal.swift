import FoundationEssentials
import JSON
import Journal
import Postgres

/// The journal of one attempt: its calls accounted for, and what it pays for and does kept, in the
/// database.
public struct AttemptJournal: Journal {
    let pool: PostgresPool
    let commits: JournalCommits
    let attempt: AttemptContext
    /// How long an outcome that cannot be written is tried again; past it the row stays pending and
    /// becomes `unknown`.
    let patience: Duration
    let steps: RunSteps
    /// What each call passes before it is recorded and made.
    let gate: any CallGate
    let memory = JournalMemory()

    /// How long one statement waits for its answer, the wait for a connection included.
    static let answerDeadline = Duration.seconds(10)
    /// The patience that is left once the run was stopped: its worker wants to go on, or to go.
    static let hurriedPatience = Duration.seconds(2)
    /// How often an intent is written again that lost a deadlock.
    static let deadlockLimit = 10

    /// `retention` is how long the journal is kept after the job's end; zero: not at all. Without
    /// `commits` it shares its commits with no other journal.
    public init(
        pool: PostgresPool, commits: JournalCommits? = nil, attempt: AttemptContext,
        patience: Duration = .seconds(20), retention: Duration = .zero,
        gate: any CallGate = OpenGate()
    ) {
        self.pool = pool
        self.gate = gate
        self.commits = commits ?? JournalCommits(pool)
        self.attempt = attempt
        self.patience = patience
        steps = RunSteps(attempt: attempt, retention: retention)
    }

    /// What this journal did so far.
    public var counts: JournalCounts { memory.counts }

    public func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        try Task.checkCancellation()
        var step = JournalledStep(
            key: StepKey.stored(intent.step), kind: JournalledStep.model,
            fingerprint: intent.fingerprint, status: .done)
        var diverged = false
        switch try await decision(on: step) {
        case .replay(let output):
            if let reply = try? Reply(journalled: output) {
                memory.count { $0.replayed += 1 }
                return reply
            }
            // What another version of the worker wrote and this one cannot read.
            diverged = true
        case .perform(let isOther): diverged = isOther
        case .refuse: throw RunFailure.sideEffectUnknown(key: intent.step)
        }
        let permit = try await gate.admit(intent)
        let opened: (id: UUID, isCharged: Bool)
        do {
            opened = try await open(intent, diverged: diverged)
        } catch {
            await gate.withdrawn(permit)
            throw error
        }
        let started = ContinuousClock.now
        do {
            let accounted = try await call()
            await gate.answered(permit, limits: accounted.rateLimits)
            let took = started.duration(to: .now)
            step.output = accounted.reply.journalled.storable()
            try await close(opened, accounted, step, of: intent, took: took)
            await kept(step, diverged: diverged)
            // The same as a replay would give.
            return step.output == accounted.reply.journalled
                ? accounted.reply : try Reply(journalled: step.output ?? .null)
        } catch let failure as LedgerFailure {
            throw failure.runFailure
        } catch let lost as LeaseLost {
            throw lost.runFailure
        } catch {
            // What the call cost is written even when its error matters more than one in writing
            // it.
            let outcome = CallOutcome.threw(error, after: started.duration(to: .now))
            _ = try? await end(opened, nil, [TokenUsage.close(opened.id, outcome)])
            throw await gate.failed(permit, with: error, job: attempt.jobID) ?? error
        }
    }

    /// What the journal says of a call or step.
    func decision(on step: JournalledStep) async throws -> JournalDecision {
        let past: JournalledStep?
        do {
            past = try await memory.step(step.key) { try await readAll() }
        } catch let error as PostgresError {
            throw LedgerFailure(error).runFailure
        }
        return JournalDecision.decide(
            past, kind: step.kind, fingerprint: step.fingerprint, effect: step.effect)
    }

    private func readAll() async throws -> [JournalledStep] {
        let rows = try await pool.pipeline(
            [RunSteps.all(of: attempt.executionID)], deadline: Self.answerDeadline)[0]
        return try rows.map { try JournalledStep(row: $0) }
    }

    /// Remembers what was written, for a later call under the same key.
    func kept(_ step: JournalledStep, diverged: Bool) async {
        await memory.keep(step)
        memory.count {
            $0.performed += 1
            if diverged { $0.divergences += 1 }
        }
    }

    private func open(
        _ intent: CallIntent, diverged: Bool
    ) async throws -> (id: UUID, isCharged: Bool) {
        var tries = 0
        while true {
            do {
                let opened = try await pool.withConnection(leaseDeadline: Self.answerDeadline) {
                    try await TokenUsage(connection: $0, deadline: Self.answerDeadline)
                        .open(intent, for: attempt, diverged: diverged)
                }
                switch opened {
                case .opened(let id, let isCharged): return (id, isCharged)
                case .held(let limit): throw limit
                case .lost: throw LeaseLost("no call was made").runFailure
                }
            } catch let error as PostgresError {
                // A rescue may lock windows of budgets in another order than calls do. Nothing was
                // written, so that the same is asked again.
                tries += 1
                guard error.sqlState == "40P01", tries < Self.deadlockLimit else {
                    throw LedgerFailure(error).runFailure
                }
            }
        }
    }

    /// Writes what a call came to, then brings its budgets to it. That second part is no more than
    /// early: what it does not do, the attempt's end does.
    @discardableResult
    private func end(
        _ call: (id: UUID, isCharged: Bool), _ row: RunSteps.Row?, _ commands: [PostgresCommand]
    ) async throws -> RunSteps.Written? {
        let answer = try await write(row, commands)
        if let row = answer.rows.last?.first, (try? row.decode(Bool.self, "is_unpriced")) == true,
            let name = try? row.decode(String.self, "priced_as")
        {
            memory.count { $0.unpricedModels.insert(name) }
        }
        if call.isCharged {
            let settling = Task {
                try await pool.pipeline(
                    [TokenUsage.settleCharges(call.id)], deadline: Self.answerDeadline)
            }
            _ = try? await settling.value
        }
        return answer.written
    }

    /// Settles the usage and journals the reply, in one transaction; the job is locked first, as in
    /// every other. A reply that cannot be stored at all costs only itself: it was paid for.
    private func close<Reply>(
        _ call: (id: UUID, isCharged: Bool), _ accounted: AccountedReply<Reply>,
        _ step: JournalledStep, of intent: CallIntent, took: Duration
    ) async throws {
        var settle = [TokenUsage.close(call.id, .answered(accounted, after: took))]
        if let submission = accounted.resumedSubmission {
            let reconcile = TokenUsage.reconcile(
                attempt.executionID, step: intent.step, submission: StepKey.stored(submission),
                with: call.id)
            // Before: the close is what `end` reads its answer from.
            settle.insert(reconcile, at: 0)
        }
        let keep = steps.finish(step, usage: Self.usage(accounted, intent), took: took)
        do {
            guard try await end(call, keep, settle)?.isHeld == true else {
                throw LeaseLost("the reply is not used")
            }
        } catch let failure as LedgerFailure where failure.error.isDataRejected {
            try await end(call, nil, settle)
            throw failure
        }
    }

    /// What `run_steps` shows of a call: figures and names, no content.
    private static func usage<Reply>(
        _ accounted: AccountedReply<Reply>, _ intent: CallIntent
    ) -> JSONValue {
        var usage = accounted.usage
        usage.raw = nil
        var shown = usage.journalled
        shown["model"] = .string(accounted.model)
        shown["provider"] = .string(intent.provider)
        return shown
    }
}
