import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import Testing

extension Twins {
    /// Does one thing, drawn by chance, to both.
    func act() async throws {
        try await tick()
        switch chance.int(0, 20) {
        case 0...2: try await enqueue()
        case 3...6: try await claim()
        case 7...9: try await settle()
        case 10: try await beat()
        case 11: try await maintain()
        case 12: try await cancel()
        case 13: try await pauseOrResume()
        case 14: try await passTime()
        case 15: try await event()
        case 16: try await look()
        case 17...19: try await beat()
        default: try await leaveOrPark()
        }
        try await tick()
    }

    private func enqueue() async throws {
        let user = chance.pick(["", "ann", "bob"])
        let priority = chance.int(0, 1)
        let most = chance.int(1, 3)
        let isLater = chance.happens(0.2)
        let rows = try await connection.query(
            """
            INSERT INTO jobs (kind, payload, user_id, priority, max_attempts, run_at)
            VALUES ($1, '{"prompt": "x"}', nullif($2, ''), $3::integer, $4,
                clock_timestamp() + make_interval(secs => $5::integer))
            RETURNING id
            """,
            [
                .text(Self.kind), .text(user), .int32(Int32(priority)), .int32(Int32(most)),
                .int32(isLater ? 70 : 0),
            ])
        let real = try #require(try rows.first?.decode(Int64.self, "id"))
        let id = model.enqueue(
            kind: Self.kind, user: user, priority: Int16(priority), maxAttempts: most,
            in: isLater ? Self.delay.micros : 0, executionID: UUID())
        note("enqueue \(id)")
        try #require(real == id)
    }

    private func claim() async throws {
        let worker = chance.pick(workers)
        var request = ClaimRequest(
            limit: chance.int(1, 6), worker: worker.id, queues: Self.queues, kinds: [Self.kind])
        request.look = chance.pick([0, 2, 16])
        request.looksForLongestDue = chance.happens(0.7)
        for user in ["ann", "", "bob"] where chance.happens(0.4) {
            let lane = Lane(queue: "default", priority: Int16(chance.int(0, 1)), user: user)
            let start = model.all(.available).first { $0.user == user }
            let floor = start.map { LaneFloor(runAt: model.date($0.runAt), jobID: $0.id) }
            request.lanes.append(
                LaneRequest(
                    lane: lane, take: chance.int(1, 3), floor: chance.happens(0.3) ? floor : nil))
        }
        let sleeps = chance.happens(0.3)
        let real: Claim
        if sleeps {
            real = try await queue.claimOrSleep(request).claim
        } else {
            real = try await queue.claim(request)
        }
        learn(real)
        try await tick()
        let simulated = sleeps ? model.claimOrSleep(request).claim : model.claim(request)
        note("claim \(request.lanes.count) lanes, look \(request.look): \(real.jobs.map(\.id))")
        try #require(
            simulated.jobs.map(\.id) == real.jobs.map(\.id), "claim after \(history.suffix(12))")
        try #require(simulated.held.sorted() == real.held.sorted())
        for (one, other) in zip(simulated.jobs, real.jobs) {
            try #require(one.attempt == other.attempt && one.snoozes == other.snoozes)
        }
    }

    /// Ends some attempts, current and past ones.
    private func settle() async throws {
        guard !attempts.isEmpty else { return }
        var group: [Settlement] = []
        for _ in 0..<chance.int(1, 3) {
            // The recent ones are mostly held.
            let job = attempts[max(0, attempts.count - 1 - chance.int(0, 7))]
            guard !group.contains(where: { $0.jobID == job.id }) else { continue }
            let outcome = outcome(of: job)
            let failure = RunFailure(
                chance.pick([.transport, .provider, .shutdown]), code: "X", message: "x")
            group.append(
                Settlement(
                    jobID: job.id, attemptID: job.attemptID, outcome: outcome,
                    failure: outcome == .completed ? nil : failure))
        }
        let real = try await queue.settle(group)
        let simulated = try model.settle(group)
        note(
            "settle \(group.map { "\($0.jobID) \($0.outcome.word)" }): \(real.values.map(\.verdict))"
        )
        try #require(
            real.mapValues(\.verdict) == simulated.mapValues(\.verdict),
            "verdicts after \(history.suffix(12))")
    }

    /// One that a worker may come to.
    private func outcome(of job: ClaimedJob) -> Outcome {
        var outcomes: [Outcome] = [
            .completed, .failed, .cancelled, .interrupt, .snooze(after: Self.delay),
            .hold(key: "budget:1:x", reason: "too dear", for: Self.delay),
        ]
        if job.attempt < job.maxAttempts {
            outcomes += [.retry(after: .zero), .retry(after: Self.delay)]
        }
        if model[job.id]?.event?.isAnswered == false { outcomes += [.wait, .wait] }
        return chance.pick(outcomes)
    }

    private func held(by worker: WorkerIdentity) -> [HeldAttempt] {
        attempts.filter { model[$0.id]?.worker == worker.id && chance.happens(0.7) }
            .map { HeldAttempt(jobID: $0.id, attemptID: $0.attemptID) }
    }

    private func beat() async throws {
        let worker = chance.pick(workers)
        let held = held(by: worker)
        let real = try await queue.beat(worker, holding: held).news
        let simulated = model.beat(worker, holding: held).news
        note("beat \(worker.pid)")
        try #require(Set(real) == Set(simulated), "news after \(history.suffix(12))")
    }

    private func maintain() async throws {
        let worker = chance.pick(workers)
        let held = held(by: worker).map(\.attemptID)
        let real = try await queue.maintain(rescuer: worker.id, held: held, limit: 100)
        let simulated = model.maintain(rescuer: worker.id, held: held, limit: 100, after: "")
        note("maintain \(worker.pid): \(real.rescued.map(\.jobID))")
        let facts = { (round: MaintenanceRound) in
            Set(round.rescued.map { "\($0.jobID) \($0.attemptID) \($0.workerID) \($0.state)" })
        }
        try #require(facts(real) == facts(simulated), "rescue after \(history.suffix(12))")
        try #require(real.failure == nil)
        try #require(real.resumed == simulated.resumed && real.woken == simulated.woken)
        try #require(real.isBraked == simulated.isBraked)
    }

    private func cancel() async throws {
        guard !model.rows.isEmpty else { return }
        let id = chance.pick(model.rows).id
        let word = try await connection.query("SELECT cancel_job($1) AS word", [.int64(id)])
            .first?.decode(String.self, "word")
        note("cancel \(id)")
        try #require(word == model.cancel(id))
    }

    private func pauseOrResume() async throws {
        if model.pausedKinds.isEmpty, chance.happens(0.5) {
            _ = try await queue.pause("kind", Self.kind)
            model.pause(kind: Self.kind)
            note("pause")
        } else {
            _ = try await queue.resume("kind", Self.kind)
            model.resume(kind: Self.kind)
            note("resume")
        }
    }

    /// Moves everything back by a step.
    private func passTime() async throws {
        note("time passes")
        try await connection.execute(
            script: """
                UPDATE jobs SET run_at = run_at - interval '\(Self.step) s',
                    claimed_at = claimed_at - interval '\(Self.step) s',
                    hold_until = hold_until - interval '\(Self.step) s',
                    wait_until = wait_until - interval '\(Self.step) s';
                UPDATE run_steps SET wait_until = wait_until - interval '\(Self.step) s',
                    started_at = started_at - interval '\(Self.step) s',
                    ended_at = ended_at - interval '\(Self.step) s';
                UPDATE workers SET heartbeat_at = heartbeat_at - interval '\(Self.step) s';
                """)
        model.moveBack(by: Int64(Self.step) * 1_000_000)
        // Somebody stays alive, as a rule.
        if chance.happens(0.6) { try await beat() }
    }

    /// An attempt waits for an answer, or one comes.
    private func event() async throws {
        guard !attempts.isEmpty else { return }
        let job = attempts[max(0, attempts.count - 1 - chance.int(0, 5))]
        if chance.happens(0.5) {
            note("await event of \(job.id)")
            let row = try #require(
                try await connection.query(
                    "SELECT held, status FROM await_event($1, $2, $3, 'e', 'f', '{}', 70, 0)",
                    [.int64(job.id), .uuid(job.attemptID), .uuid(job.executionID)]
                ).first)
            let simulated = model.awaitEvent(of: job.id, job.attemptID, timeout: Self.delay)
            try #require(try row.decode(Bool.self, "held") == (simulated != nil))
            if let simulated {
                try #require((try row.decode(String.self, "status") == "done") == simulated)
            }
        } else if model[job.id]?.event?.isAnswered == false, model[job.id]?.isFinal == false {
            note("approve \(job.id)")
            try await connection.query(
                "SELECT approve_job($1, 'ann', 'approve', NULL)", [.int64(job.id)])
            model.approve(job.id)
        }
    }

    /// What is read only.
    private func look() async throws {
        let due = try await queue.nextDue(queues: Self.queues, kinds: [Self.kind])
        let simulated = model.nextDue(queues: Self.queues, kinds: [Self.kind])
        try #require((due == nil) == (simulated == nil))
        if let due, let simulated { try #require(abs((due - simulated).milliseconds) < 15_000) }
        let lanes = try await queue.findLanes(queue: "default", after: nil, limit: 4)
        let found = model.findLanes(queue: "default", after: nil, limit: 4)
        try #require(lanes.lanes == found.lanes && lanes.last == found.last)
        try #require(lanes.isDone == found.isDone)
        let unfinished = try await queue.hasUnfinished(queues: Self.queues, kinds: [Self.kind])
        try #require(unfinished == model.hasUnfinished(queues: Self.queues, kinds: [Self.kind]))
    }

    private func leaveOrPark() async throws {
        let worker = chance.pick(workers)
        if chance.happens(0.3) {
            note("leave \(worker.pid)")
            try await queue.leave(worker: worker.id)
            model.leave(worker: worker.id)
        } else {
            let isParked = chance.happens(0.5)
            try await queue.park(isParked, worker: worker.id)
            model.park(isParked, worker: worker.id)
        }
        let rows = try await connection.query("SELECT id, parked FROM workers")
        var real: [UUID: Bool] = [:]
        for row in rows {
            real[try row.decode(UUID.self, "id")] = try row.decode(Bool.self, "parked")
        }
        try #require(real == model.workers.mapValues(\.isParked))
    }
}
