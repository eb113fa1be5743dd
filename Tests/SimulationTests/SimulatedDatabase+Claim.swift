import FoundationEssentials
import Jobs

extension SimulatedDatabase {
    private struct Choice {
        let lane: Lane
        let take: Int
        let floor: (runAt: Int64, id: Int64)
        let isNamed: Bool
        let place: Int
    }

    /// `claim_jobs`.
    func claim(_ request: ClaimRequest) -> Claim {
        guard let worker = workers[request.worker], isAlive(worker) else { return Claim() }
        let moment = now()
        let due = all(.available).filter {
            $0.runAt <= moment && request.queues.contains($0.queue)
                && request.kinds.contains($0.kind)
        }
        guard !due.isEmpty else { return Claim() }
        var claim = Claim()
        var picked: Set<Int64> = []
        let lanes = Dictionary(grouping: due) {
            Lane(queue: $0.queue, priority: $0.priority, user: $0.user)
        }
        for choice in choices(request, due, moment) where picked.count < request.limit {
            let jobs = (lanes[choice.lane] ?? [])
                .filter { ($0.runAt, $0.id) >= choice.floor && !picked.contains($0.id) }
                .sorted { ($0.runAt, $0.id) < ($1.runAt, $1.id) }
            for job in jobs.prefix(min(choice.take, request.limit - picked.count)) {
                picked.insert(job.id)
                take(job, for: request.worker, into: &claim)
            }
        }
        claim.jobs.sort { ($0.priority, $0.place) < ($1.priority, $1.place) }
        return claim
    }

    /// The lanes to serve: in a priority those that the claim finds before the named ones.
    private func choices(
        _ request: ClaimRequest, _ due: [SimulatedJob], _ moment: Int64
    ) -> [Choice] {
        var choices = request.lanes.enumerated().map { place, lane in
            Choice(
                lane: lane.lane, take: lane.take,
                floor: lane.floor.map { (micros($0.runAt), $0.jobID) } ?? (.min, 0),
                isNamed: true, place: place)
        }
        if request.look > 0 {
            let named = Set(request.lanes.map(\.lane))
            var found: [(lane: Lane, queue: Int, due: Int64)] = []
            for (place, queue) in request.queues.enumerated() {
                for lane in look(request, due.filter { $0.queue == queue }, moment)
                where !named.contains(lane.lane) {
                    found.append((lane.lane, place, lane.due))
                }
            }
            found.sort { ($0.queue, $0.due, $0.lane) < ($1.queue, $1.due, $1.lane) }
            for (place, lane) in found.enumerated() {
                let beside = found.count { $0.lane.priority == lane.lane.priority }
                choices.append(
                    Choice(
                        lane: lane.lane, take: (request.limit + beside - 1) / beside,
                        floor: (.min, 0), isNamed: false, place: place))
            }
        }
        return choices.sorted {
            ($0.lane.priority, $0.isNamed ? 1 : 0, $0.place)
                < ($1.lane.priority, $1.isNamed ? 1 : 0, $1.place)
        }
    }

    /// The lanes at both ends of what is due in a queue, with their longest due.
    private func look(
        _ request: ClaimRequest, _ due: [SimulatedJob], _ moment: Int64
    ) -> [(lane: Lane, due: Int64)] {
        let sorted = due.sorted { ($0.runAt, $0.id) < ($1.runAt, $1.id) }
        let fresh = sorted.filter { $0.runAt > moment - request.lookBack.micros }
        var first: [Lane: Int64] = [:]
        let longest = sorted.prefix(request.looksForLongestDue ? request.look : 0)
        for job in longest + fresh.suffix(request.look) {
            let lane = Lane(queue: job.queue, priority: job.priority, user: job.user)
            first[lane] = min(first[lane] ?? .max, job.runAt)
        }
        return first.map { ($0.key, $0.value) }
    }

    private func take(_ picked: SimulatedJob, for worker: UUID, into claim: inout Claim) {
        var job = picked
        if pausedKinds.contains(job.kind) {
            job.state = .held
            job.holdKey = "pause:kind:\(job.kind)"
            job.holdUntil = nil
            self[job.id] = job
            claim.held.append(Lane(queue: job.queue, priority: job.priority, user: job.user))
            return
        }
        let attempt = mint(job.id)
        job.state = .running
        job.attempt += 1
        job.attemptID = attempt
        job.worker = worker
        job.claimedAt = now()
        job.firstDue = job.firstDue ?? job.runAt
        self[job.id] = job
        auditor?.claimed(job, attempt)
        claim.jobs.append(
            ClaimedJob(
                id: job.id, kind: job.kind, queue: job.queue, priority: job.priority,
                runAt: date(job.runAt), userID: job.user.isEmpty ? nil : job.user,
                executionID: job.executionID, attempt: job.attempt, maxAttempts: job.maxAttempts,
                snoozes: job.snoozes, attemptID: attempt, timeout: job.timeout,
                firstDue: date(job.firstDue ?? job.runAt)))
    }

    /// `next_due_ms`, or `next_ahead_ms`.
    func nextDue(queues: [String], kinds: [String], ahead: Bool = false) -> Duration? {
        let start = ahead ? now() : .min
        let soonest = all(.available)
            .filter { queues.contains($0.queue) && kinds.contains($0.kind) && $0.runAt > start }
            .map(\.runAt).min()
        let ends = all(.held).compactMap(\.holdUntil).min()
        guard let at = [soonest, ends].compactMap({ $0 }).min() else { return nil }
        return .milliseconds(max(0, at - now()) / 1000)
    }

    /// `claimOrSleep` of the queue.
    func claimOrSleep(_ request: ClaimRequest) -> (claim: Claim, due: Duration?) {
        let due = nextDue(
            queues: request.queues, kinds: request.kinds, ahead: !request.looksForLongestDue)
        var request = request
        if due == .zero, wakeHeld() > 0 { request.looksForLongestDue = true }
        return (claim(request), due)
    }

    /// `find_lanes`.
    func findLanes(
        queue: String, after: Lane?, limit: Int
    ) -> (lanes: [Lane], last: Lane?, isDone: Bool) {
        var first: [Lane: Int64] = [:]
        for job in all(.available) where job.queue == queue {
            let lane = Lane(queue: queue, priority: job.priority, user: job.user)
            guard after.map({ $0 < lane }) ?? true else { continue }
            first[lane] = min(first[lane] ?? .max, job.runAt)
        }
        let visited = first.keys.sorted().prefix(limit)
        return (
            visited.filter { (first[$0] ?? .max) <= now() }, visited.last, visited.count < limit
        )
    }

    func hasUnfinished(queues: [String], kinds: [String]) -> Bool {
        rows.contains {
            queues.contains($0.queue) && kinds.contains($0.kind)
                && ($0.state == .running || $0.state == .available && $0.runAt <= now())
        }
    }
}
