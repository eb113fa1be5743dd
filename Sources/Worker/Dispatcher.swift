import EventLoop
import Jobs
import Logging
import Postgres

/// Claims as many jobs as there are free slots, one claim at a time per process, and starts each in
/// a task of its own.
struct Dispatcher: Sendable {
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
            var queues = settings.queues
            var isParked = false
            while !stopping.isSet {
                guard lease.isHealthy else {
                    await doorbell.wait(atMost: .milliseconds(200))
                    continue
                }
                let free = settings.concurrency - (await running.count)
                guard free > 0 else {
                    await doorbell.wait(atMost: settings.pollInterval)
                    continue
                }
                do {
                    let usable = try await usableConnection(&connection)
                    let queue = JobQueue(usable)
                    let asked = min(free, Settler.largestGroup)
                    let claimed = try await queue.claim(
                        limit: asked, worker: identity.id, queues: queues, kinds: identity.kinds)
                    for job in claimed {
                        await running.add(job)
                        jobs.addTask { await executor.run(job) }
                    }
                    // Turn the queues, so that within a priority none is always first.
                    queues.append(queues.removeFirst())
                    if claimed.count == asked { continue }
                    if claimed.isEmpty, try await isIdle(queue) { return }
                    try await sleep(queue, foundSome: !claimed.isEmpty, &isParked)
                } catch {
                    guard !stopping.isSet else { break }
                    logger.warning("claim failed, trying again", metadata: ["error": "\(error)"])
                    await connection?.close()
                    connection = nil
                    isParked = false
                    await doorbell.wait(atMost: .milliseconds(Int64.random(in: 250..<1000)))
                }
            }
            await connection?.close()
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
        return try await !queue.hasUnfinished(
            queues: settings.queues, kinds: identity.kinds, within: .zero)
    }

    /// Parks, looks once more (an INSERT may have seen the worker awake), and sleeps until a ring,
    /// the next due job or the poll interval.
    private func sleep(_ queue: JobQueue, foundSome: Bool, _ isParked: inout Bool) async throws {
        if foundSome {
            if isParked {
                try await queue.park(false, worker: identity.id)
                isParked = false
            }
            return await doorbell.wait(atMost: .milliseconds(50))
        }
        if !isParked {
            try await queue.park(true, worker: identity.id)
            isParked = true
            return
        }
        var pause = settings.pollInterval * Double.random(in: 0.75..<1.25)
        if settings.untilIdle { pause = min(pause, .milliseconds(200)) }
        if let due = try await queue.nextDue(queues: settings.queues, kinds: identity.kinds) {
            pause = min(pause, max(due, .milliseconds(10)))
        }
        await doorbell.wait(atMost: pause)
    }
}
