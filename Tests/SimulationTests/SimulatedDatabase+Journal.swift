import FoundationEssentials

/// What the journal of an attempt writes and reads.
extension SimulatedDatabase {
    /// Whether the attempt still holds its job: the first part of every journal write.
    func holds(_ job: Int64, _ attempt: UUID) -> Bool { self[job]?.attemptID == attempt }

    /// Journals a step, fenced, once; false when the lease is lost.
    func keep(_ step: String, of job: Int64, _ attempt: UUID) -> Bool {
        guard holds(job, attempt) else { return false }
        if self[job]?.steps[step] == nil {
            self[job]?.steps[step] = now()
            auditor?.journalled(step, of: job)
        }
        return true
    }

    /// `await_event`: nil when the lease is lost, else whether it was answered.
    func awaitEvent(of job: Int64, _ attempt: UUID, timeout: Duration) -> Bool? {
        guard holds(job, attempt) else { return nil }
        if self[job]?.event == nil {
            self[job]?.event = SimulatedJob.Event(until: now() + timeout.micros)
        } else if let until = self[job]?.event?.until, until <= now() {
            self[job]?.event?.isAnswered = true
        }
        return self[job]?.event?.isAnswered
    }

    /// `approve_job`.
    func approve(_ id: Int64) {
        guard let job = self[id], job.event?.isAnswered == false else { return }
        self[id]?.event?.isAnswered = true
        self[id]?.event?.answeredAt = now()
        guard job.state == .waiting else { return }
        self[id]?.state = .available
        self[id]?.runAt = now()
        self[id]?.waitUntil = nil
        notify("agent_worker_jobs", "")
    }
}
