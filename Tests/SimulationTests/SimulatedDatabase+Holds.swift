extension SimulatedDatabase {
    /// `wake_waiting_jobs`.
    func wakeWaiting(limit: Int) -> Int {
        let due = all(.waiting).filter { ($0.waitUntil ?? .max) <= now() }
            .sorted { ($0.waitUntil ?? 0, $0.id) < ($1.waitUntil ?? 0, $1.id) }.prefix(limit)
        for job in due {
            self[job.id]?.state = .available
            self[job.id]?.runAt = now()
            self[job.id]?.waitUntil = nil
            self[job.id]?.event?.isAnswered = true
            self[job.id]?.event?.answeredAt = now()
        }
        if !due.isEmpty { notify("agent_worker_jobs", "") }
        return due.count
    }

    /// `wake_held_jobs`.
    @discardableResult
    func wakeHeld(limit: Int = 100) -> Int {
        let due = all(.held).filter { ($0.holdUntil ?? .max) <= now() }
            .sorted { ($0.holdUntil ?? 0, $0.id) < ($1.holdUntil ?? 0, $1.id) }.prefix(limit)
        for job in due { wake(job.id) }
        if !due.isEmpty { notify("agent_worker_jobs", "woken") }
        return due.count
    }

    /// `repair_holds`, of pauses: wakes what a pause held that is no more.
    func repairHolds() {
        let stale = all(.held).filter { job in
            guard let key = job.holdKey, key.hasPrefix("pause:kind:") else { return false }
            return !pausedKinds.contains(String(key.dropFirst("pause:kind:".count)))
        }
        for job in stale { wake(job.id) }
        if !stale.isEmpty { notify("agent_worker_jobs", "woken") }
    }

    /// `pause_jobs`, of a kind.
    func pause(kind: String) {
        pausedKinds.insert(kind)
    }

    /// `resume_jobs`, of a kind.
    func resume(kind: String) {
        guard pausedKinds.remove(kind) != nil else { return }
        for job in all(.held) where job.holdKey == "pause:kind:\(kind)" { wake(job.id) }
        notify("agent_worker_jobs", "woken")
    }

    /// `cancel_job`.
    @discardableResult
    func cancel(_ id: Int64) -> String {
        guard var job = self[id] else { return "not found" }
        if job.isFinal { return "already \(job.state.rawValue)" }
        if job.state == .running {
            self[id]?.isCancelRequested = true
            notify("agent_worker_cancel", job.worker.map(\.uuidString) ?? "")
            return "cancelling"
        }
        job.state = .cancelled
        job.isCancelRequested = true
        job.waitUntil = nil
        record(&job)
        self[id] = job
        return "cancelled"
    }

    private func wake(_ id: Int64) {
        self[id]?.state = .available
        self[id]?.holdKey = nil
        self[id]?.holdUntil = nil
    }
}
