import Jobs
import Logging
import Postgres

/// Claims as many jobs as there are free slots, one claim at a time per process, and starts each in
/// a task of its own. What a claim asks for is `ClaimPlanner`'s to say.
struct Dispatcher: Sendable {
    /// Past it a claim's answer is lost; what it took comes back through rescue.
    static let answerDeadline = Duration.seconds(10)
    /// What a claim costs beside its jobs, and the time from its answer to the next one, is spread over
    /// those jobs; with more of them the first would wait for the last.
    static let largestClaim = 200
    /// How old the users' weights may be while jobs are claimed.
    static let weightsLife = Duration.seconds(5)
    /// A claim costs the database as much as ten jobs more in it: with fewer slots free, a worker that
    /// has more to do waits this long for others that are about to end.
    static let gather = (slots: 25, pause: Duration.milliseconds(3))
    /// So many jobs at once that are not all that could be taken are a stream: a worker that parked
    /// between them would make each INSERT notify, one commit at a time.
    static let stream = (jobs: 4, pause: Duration.milliseconds(10))
    /// How late a busy worker may notice that a hold is over.
    static let holdsPause = Duration.seconds(1)

    let identity: WorkerIdentity
    let settings: WorkerSettings
    let connection: any QueueLine
    let lease: LeaseState
    let running: RunningJobs
    let executor: Executor
    /// Rung by NOTIFY, by a freed slot, by a regained lease and by the stop.
    let doorbell: Doorbell
    /// Set when jobs were woken that sort below what was claimed before.
    let woken: Mark
    let stopping: StopFlag
    let logger: Logger
    var timing = Timing.machine

    /// Runs until a stop is asked for, or, with `untilIdle`, until nothing is due or running; then
    /// waits for the jobs it started.
    func run() async {
        await withDiscardingTaskGroup { jobs in
            var turn = Turn(queues: settings.queues)
            while !stopping.isSet, !Task.isCancelled {
                let (held, ended) = running.turn()
                turn.planner.finished(ended, now: timing.now())
                guard lease.isHealthy, held < settings.concurrency else {
                    await doorbell.wait(atMost: .milliseconds(200))
                    continue
                }
                if turn.shouldGather(free: settings.concurrency - held, of: settings.concurrency) {
                    try? await timing.sleep(Self.gather.pause)
                    continue
                }
                do {
                    let queue = try await connection.queue(deadline: Self.answerDeadline)
                    try await look(queue, &turn)
                    let asked = min(settings.concurrency - held, Self.largestClaim)
                    let (claim, mayBringMore) = try await claim(queue, asked, &turn)
                    if !claim.jobs.isEmpty { running.add(claim.jobs) }
                    for job in claim.jobs {
                        // The stop may have come while the claim was on its way: give it back.
                        if stopping.isSet { running.stop(job.attemptID, .shutdown) }
                        // Not all of this dispatcher with each of them.
                        jobs.addTask { [executor] in await executor.run(job) }
                    }
                    if !claim.jobs.isEmpty { try await wakeUp(queue, &turn) }
                    turn.gathered = false
                    turn.hasMore = mayBringMore
                    if mayBringMore { continue }
                    if claim.jobs.isEmpty, try await isIdle(queue) { break }
                    try await sleep(queue, found: claim.jobs.count, &turn)
                } catch {
                    guard !stopping.isSet else { break }
                    await rest(after: error, &turn)
                }
            }
            await connection.drop()
        }
    }

    /// What the loop remembers from one claim to the next.
    private struct Turn {
        var planner: ClaimPlanner
        /// Whether the database knows that this worker sleeps.
        var isParked = false
        /// When the next job falls due or a hold ends, as the last claim of a sleeping worker
        /// learned.
        var due: Duration?
        /// How long claims leave out what is longest due, if the last one did.
        var untilLongLook: Duration?
        var weighed: ContinuousClock.Instant?
        /// When a claim last woke what is held no longer.
        var asked: ContinuousClock.Instant?
        /// Whether the last claim left due jobs behind.
        var hasMore = false
        /// Whether the next claim was put off once.
        var gathered = false

        init(queues: [String]) {
            planner = ClaimPlanner(queues: queues)
        }

        /// Whether to put off the claim, once, because there are few slots to fill.
        mutating func shouldGather(free: Int, of concurrency: Int) -> Bool {
            guard hasMore, !gathered, free < min(Dispatcher.gather.slots, concurrency / 4) else {
                return false
            }
            gathered = true
            return true
        }
    }

    private func claim(
        _ queue: any QueueStore, _ slots: Int, _ turn: inout Turn
    ) async throws(PostgresError) -> (claim: Claim, mayBringMore: Bool) {
        if woken.take() { turn.planner.forgetFloors() }
        let sent = timing.now()
        let request = turn.planner.request(
            slots: slots, worker: identity.id, kinds: identity.kinds, now: sent)
        let claim: Claim
        if turn.isParked || turn.asked.map({ $0.duration(to: sent) > Self.holdsPause }) ?? true {
            (claim, turn.due) = try await queue.claimOrSleep(request)
            turn.asked = sent
        } else {
            claim = try await queue.claim(request)
        }
        let now = timing.now()
        turn.planner.claimed(claim, of: request, after: sent.duration(to: now), now: now)
        turn.untilLongLook =
            request.looksForLongestDue ? nil : turn.planner.untilLongLook(now: now)
        return (claim, turn.planner.mayBringMore(claim, of: request))
    }

    /// While there is work: walks to lanes that claims do not come across, and learns the weights.
    private func look(_ queue: any QueueStore, _ turn: inout Turn) async throws(PostgresError) {
        guard !turn.isParked || turn.due == .zero else { return }
        let now = timing.now()
        if turn.weighed.map({ $0.duration(to: now) > Self.weightsLife }) ?? true {
            turn.planner.weigh(try await queue.userWeights())
            turn.weighed = now
        }
        guard let walk = turn.planner.walk(now: now) else { return }
        let found = try await queue.findLanes(
            queue: walk.queue, after: walk.after, limit: walk.limit)
        let end = timing.now()
        turn.planner.walked(
            found.lanes, limit: walk.limit, last: found.last, isDone: found.isDone,
            after: now.duration(to: end), now: end)
    }

    private func wakeUp(_ queue: any QueueStore, _ turn: inout Turn) async throws(PostgresError) {
        guard turn.isParked else { return }
        try await queue.park(false, worker: identity.id)
        turn.isParked = false
    }

    private func isIdle(_ queue: any QueueStore) async throws -> Bool {
        guard settings.untilIdle, running.count == 0 else { return false }
        return try await !queue.hasUnfinished(queues: settings.queues, kinds: identity.kinds)
    }

    /// Parks, looks once more (an INSERT may have seen the worker awake), and sleeps until a ring,
    /// the next due job or the poll interval.
    private func sleep(_ queue: any QueueStore, found: Int, _ turn: inout Turn) async throws {
        if found >= Self.stream.jobs { return try await timing.sleep(Self.stream.pause) }
        if found > 0 { return await doorbell.wait(atMost: .milliseconds(50)) }
        if !turn.isParked {
            try await queue.park(true, worker: identity.id)
            turn.isParked = true
            return
        }
        var pause = settings.pollInterval * timing.random(in: 0.75..<1.25)
        if settings.untilIdle { pause = min(pause, .milliseconds(200)) }
        if let due = turn.due {
            // Due yet not claimed: locked, or kept by a limit. Do not ask in a hurry.
            pause = min(pause, due > .zero ? max(due, .milliseconds(10)) : .milliseconds(250))
        }
        if let rest = turn.untilLongLook { pause = min(pause, max(rest, .milliseconds(10))) }
        await doorbell.wait(atMost: pause)
    }

    private func rest(after error: any Error, _ turn: inout Turn) async {
        logger.warning("claim failed, trying again", metadata: ["error": "\(error)"])
        await connection.drop()
        turn.isParked = false
        // A server that cannot store anything must not be given jobs to lose attempts on.
        let isFull = (error as? PostgresError)?.isStorageFault == true
        await doorbell.wait(
            atMost: .milliseconds(timing.random(in: 250..<1000) * (isFull ? 10 : 1)))
    }
}
