import FoundationEssentials
import Jobs
import Postgres

extension SimulatedDatabase {
    /// What the database refuses to store.
    static let poison = "\u{0}"

    /// `settle_jobs`: all of the group or nothing.
    func settle(_ group: [Settlement]) throws(PostgresError) -> [UUID: Settled] {
        if group.contains(where: { $0.output?.stringValue == Self.poison }) {
            throw PostgresError(
                .server(sqlState: "22P05"), "unsupported Unicode escape sequence", context: "settle"
            )
        }
        var settled: [UUID: Settled] = [:]
        for settlement in group {
            let verdict: Verdict
            if isHeld(settlement) {
                end(settlement)
                verdict = .done
            } else {
                let row = self[settlement.jobID]?.ledger.first { $0.id == settlement.attemptID }
                verdict = row.map { $0.failureClass != "crash" } ?? false ? .already : .lost
            }
            settled[settlement.attemptID] = Settled(verdict: verdict, totalTokens: 0)
        }
        return settled
    }

    /// The fence.
    private func isHeld(_ settlement: Settlement) -> Bool {
        guard let job = self[settlement.jobID] else { return false }
        switch mutation {
        case .noFence: return true
        case .fenceByState: return job.state == .running
        default: return job.attemptID == settlement.attemptID
        }
    }

    private func end(_ settlement: Settlement) {
        guard var job = self[settlement.jobID] else { return }
        let outcome = settlement.outcome
        job.state = state(after: outcome, job.isCancelRequested)
        let isGivenBack: Bool
        switch outcome {
        case .snooze, .interrupt, .wait, .hold: isGivenBack = !job.isCancelRequested
        case .completed, .retry, .failed, .cancelled: isGivenBack = false
        }
        let number = job.attempt
        if isGivenBack { job.attempt -= 1 }
        job.attemptID = nil
        job.holdKey = nil
        job.holdUntil = nil
        if case .snooze = outcome { job.snoozes += 1 }
        switch outcome {
        case .retry(let delay), .snooze(let delay):
            job.runAt = now() + delay.micros / 1000 * 1000
        case .hold(let key, _, let time):
            job.holdKey = key
            job.holdUntil = now() + time.micros / 1000 * 1000
        default: break
        }
        if outcome == .wait, job.state == .waiting { beginWait(&job) }
        job.ledger.append(
            SimulatedJob.Attempt(
                id: settlement.attemptID, number: number,
                worker: job.worker ?? settlement.attemptID,
                outcome: word(of: outcome, job.state),
                failureClass: settlement.failure?.failureClass.rawValue))
        record(&job)
        self[job.id] = job
        auditor?.ended(settlement.attemptID, of: job, by: settlement)
    }

    /// `settled_state`.
    private func state(after outcome: Outcome, _ isCancelled: Bool) -> SimulatedJob.State {
        switch outcome {
        case .completed: .completed
        case .failed: .failed
        case .cancelled: .cancelled
        case .retry, .snooze, .interrupt: isCancelled ? .cancelled : .available
        case .wait: isCancelled ? .cancelled : .waiting
        case .hold: isCancelled ? .cancelled : .held
        }
    }

    /// What the ledger says.
    private func word(of outcome: Outcome, _ state: SimulatedJob.State) -> String {
        switch state {
        case .held: "snooze"
        case .available, .waiting: outcome.word
        default: state.rawValue
        }
    }

    /// `begin_waits`.
    private func beginWait(_ job: inout SimulatedJob) {
        guard let event = job.event, event.isAnswered, event.answeredAt >= job.claimedAt else {
            job.waitUntil = job.event?.until
            return
        }
        job.state = .available
        job.runAt = now()
    }
}
