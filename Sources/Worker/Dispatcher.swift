import EventLoop
import Jobs
import Logging
import Postgres

/// Claims as many jobs as there are free slots, one claim at a time per process, and starts each in
/// a task of its own.
struct Dispatcher: Sendable {
    /// Past it a claim's answer is lost; what it took comes back through rescue.
    static let answerDeadline = Duration.seconds(10)

    let identity: WorkerIdentity
    let settings: WorkerSettings
    let configuration: PostgresConfiguration
    let loop: EventLoop
    let lease: LeaseState
    let running: RunningJobs
    let executor: Executor
    /// Rung by NOTIFY, by a freed slot, by a regained lease and by the stop.
    let doorbell: Doorbell
    let stopping: StopFlag
    let logger: Logger

    /// Runs until a stop is asked for, or, with `untilIdle`, until nothing is due or running; then
    /// waits for the jobs it started.
    func run() async {
        await withDiscardingTaskGroup { jobs in
            var connection: PostgresConnection?
            var turn = Turn(queues: settings.queues)
            while !stopping.isSet, !Task.isCancelled {
                let free = settings.concurrency - (await running.count)
                guard lease.isHealthy, free > 0 else {
                    await doorbell.wait(atMost: .milliseconds(200))
                    continue
                }
                do {
                    let queue = JobQueue(
                        try await usableConnection(&connection), deadline: Self.answerDeadline)
                    let asked = min(free, Settler.largestGroup)
                    let claimed = try await queue.claim(
                        limit: asked, worker: identity.id, queues: turn.queues,
                        kinds: identity.kinds)
                    for job in claimed {
                        await running.add(job)
                        // The stop may have come while the claim was on its way: give it back.
                        if stopping.isSet { await running.stop(job.attemptID, .shutdown) }
                        jobs.addTask { await executor.run(job) }
                    }
                    turn.rotate()
                    if !claimed.isEmpty, turn.isParked {
                        try await queue.park(false, worker: identity.id)
                        turn.isParked = false
                    }
                    if claimed.count == asked { continue }
                    if claimed.isEmpty, try await isIdle(queue) { break }
                    try await sleep(queue, foundSome: !claimed.isEmpty, &turn)
                } catch {
                    guard !stopping.isSet else { break }
                    logger.warning(
                        "claim failed, trying again", metadata: ["error": "\(error)"])
                    await connection?.close()
                    connection = nil
                    turn.isParked = false
                    // A server that cannot store anything must not be given jobs to lose attempts
                    // on.
                    let isFull = (error as? PostgresError)?.isStorageFault == true
                    await doorbell.wait(
                        atMost: .milliseconds(Int64.random(in: 250..<1000) * (isFull ? 10 : 1)))
                }
            }
            await connection?.close()
        }
    }

    /// What the loop remembers from one claim to the next.
    private struct Turn {
        /// Turned with each claim, so that within a priority none is always first.
        var queues: [String]
        /// Whether the database knows that this worker sleeps.
        var isParked = false

        init(queues: [String]) {
            self.queues = queues
        }

        mutating func rotate() {
            queues.append(queues.removeFirst())
        }
    }

    private func usableConnection(
        _ connection: inout PostgresConnection?
    ) async throws -> PostgresConnection {
        if let connection, connection.isUsable { return connection }
        let fresh = try await PostgresConnection.connect(configuration, on: loop)
        connection = fresh
        return fresh
    }

    private func isIdle(_ queue: JobQueue) async throws -> Bool {
        guard settings.untilIdle, await running.count == 0 else { return false }
        return try await !queue.hasUnfinished(queues: settings.queues, kinds: identity.kinds)
    }

    /// Parks, looks once more (an INSERT may have seen the worker awake), and sleeps until a ring,
    /// the next due job or the poll interval.
    private func sleep(_ queue: JobQueue, foundSome: Bool, _ turn: inout Turn) async throws {
        if foundSome { return await doorbell.wait(atMost: .milliseconds(50)) }
        if !turn.isParked {
            try await queue.park(true, worker: identity.id)
            turn.isParked = true
            return
        }
        var pause = settings.pollInterval * Double.random(in: 0.75..<1.25)
        if settings.untilIdle { pause = min(pause, .milliseconds(200)) }
        if let due = try await queue.nextDue(queues: settings.queues, kinds: identity.kinds) {
            // Due yet not claimed: somebody's open transaction holds it. Do not ask in a hurry.
            pause = min(pause, due > .zero ? max(due, .milliseconds(10)) : .milliseconds(250))
        }
        await doorbell.wait(atMost: pause)
    }
}
