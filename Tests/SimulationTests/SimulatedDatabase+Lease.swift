import FoundationEssentials
import Jobs

extension SimulatedDatabase {
    func beat(_ worker: WorkerIdentity, holding held: [HeldAttempt]) -> Heartbeat {
        let replaced = workers[worker.id]?.heartbeatAt
        if workers[worker.id] == nil {
            workers[worker.id] = SimulatedWorkerRow(
                heartbeatAt: now(), lease: worker.lease.micros, queues: worker.queues,
                kinds: worker.kinds)
        } else {
            workers[worker.id]?.heartbeatAt = now()
        }
        let news: [AttemptNews] = held.compactMap { held in
            guard let job = self[held.jobID], job.attemptID == held.attemptID else {
                return .lost(held.attemptID)
            }
            return job.isCancelRequested ? .cancelRequested(held.attemptID) : nil
        }
        return Heartbeat(
            writtenAt: date(now()), replaced: replaced.map { date($0) }, news: news)
    }

    func park(_ parked: Bool, worker: UUID) {
        workers[worker]?.isParked = parked
    }

    func leave(worker: UUID) {
        guard !all(.running).contains(where: { $0.worker == worker }) else { return }
        workers[worker] = nil
    }

    /// `rescue_jobs`.
    func rescue(
        limit: Int, rescuer: UUID, held: [UUID], heldAt: Date? = nil
    ) -> [RescuedJob] {
        let moment = now()
        let listed = min(moment, heldAt.map { Int64($0.timeIntervalSince1970 * 1e6) } ?? moment)
        var rescued: [RescuedJob] = []
        for job in all(.running) where rescued.count < limit {
            guard let attempt = job.attemptID, let holder = job.worker, job.claimedAt < moment
            else { continue }
            var isAlive = false
            if let row = workers[holder], row.heartbeatAt + row.lease >= moment {
                isAlive = true
                if mutation == .rescueIgnoresHeartbeats, holder != rescuer {
                    // As if the holder were dead.
                } else {
                    let isOrphan =
                        holder == rescuer && !held.contains(attempt)
                        && job.claimedAt + row.lease < listed
                    guard isOrphan, mutation != .orphansStay else { continue }
                }
            }
            if holder == rescuer { auditor?.tookOwn(attempt, isAlive: isAlive) }
            let state = takeBack(job.id)
            rescued.append(
                RescuedJob(jobID: job.id, attemptID: attempt, workerID: holder, state: state))
        }
        return rescued
    }

    /// `take_back_job`.
    private func takeBack(_ id: Int64) -> String {
        guard var job = self[id], let attempt = job.attemptID, let worker = job.worker else {
            return "available"
        }
        job.state =
            job.isCancelRequested
            ? .cancelled : job.attempt >= job.maxAttempts ? .failed : .available
        job.attemptID = nil
        job.runAt = now()
        job.ledger.append(
            SimulatedJob.Attempt(
                id: attempt, number: job.attempt, worker: worker,
                outcome: job.state == .available ? "retry" : job.state.rawValue,
                failureClass: "crash"))
        record(&job)
        self[id] = job
        auditor?.ended(attempt, of: job, by: nil)
        return job.state.rawValue
    }

    /// `record_finished_jobs`: of a job that ended and was ever claimed.
    func record(_ job: inout SimulatedJob) {
        guard job.isFinal else { return }
        if !job.ledger.isEmpty { job.records += 1 }
    }

    func maintain(
        rescuer: UUID, held: [UUID], heldAt: Date? = nil, limit: Int, after: String
    ) -> MaintenanceRound {
        var round = MaintenanceRound()
        round.rescued = rescue(
            limit: limit, rescuer: rescuer, held: held, heldAt: heldAt)
        round.resumed = wakeWaiting(limit: limit)
        round.woken = wakeHeld(limit: limit)
        repairHolds()
        round.isBraked = !pausedKinds.isEmpty
        return round
    }
}
