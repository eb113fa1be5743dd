import Jobs

@testable import Worker

extension Trial {
    /// Draws the fleet, the jobs and how hard the faults strike.
    func plan(_ faults: Bool) {
        settings.concurrency = scheduler.chance.int(1, 12)
        settings.lease = .seconds(scheduler.chance.pick([6, 12, 30]))
        settings.pollInterval = .seconds(scheduler.chance.pick([1, 10]))
        settings.drainTimeout = .seconds(scheduler.chance.pick([0, 5, 60]))
        settings.jobTimeout = .seconds(scheduler.chance.pick([30, 90]))
        settings.settleConnections = scheduler.chance.int(1, 2)
        settings.retryPolicy = RetryPolicy(
            base: .seconds(1), cap: .seconds(20), longestSnooze: .seconds(30), mostSnoozes: 5)
        jobCount = scheduler.chance.int(50, 400)
        calm = .seconds(scheduler.chance.int(20, 120))
        guard faults, !scheduler.chance.happens(0.1) else { return }
        faultPause = scheduler.chance.milliseconds(500, 20_000)
        let hardness = scheduler.chance.pick([0, 0.002, 0.01, 0.05])
        network.rates = FaultRates(
            lostBefore: hardness, lostAfter: hardness, refused: hardness, late: hardness / 2)
    }

    /// Enqueues the jobs at moments before the calm.
    func enqueueAll() {
        var left = jobCount
        while left > 0 {
            let batch = min(left, scheduler.chance.int(1, 30))
            left -= batch
            scheduler.after(scheduler.chance.milliseconds(0, calm.milliseconds * 3 / 4)) {
                for _ in 0..<batch { self.enqueue() }
            }
        }
    }

    private func enqueue() {
        let delay =
            scheduler.chance.happens(0.2) ? Int64(scheduler.chance.int(0, 30_000_000)) : 0
        let script = JobScript.make(&scheduler.chance, lease: settings.lease)
        // The script must be there when a claim comes.
        scripts[Int64(database.rows.count + 1)] = script
        let id = database.enqueue(
            kind: Self.kind, user: scheduler.chance.pick(["", "ann", "bob", "eve"]),
            priority: Int16(scheduler.chance.pick([0, 0, 0, 1])),
            maxAttempts: scheduler.chance.int(1, 4), in: delay,
            timeout: scheduler.chance.happens(0.3)
                ? .seconds(scheduler.chance.int(5, 40)) : nil,
            executionID: scheduler.chance.uuid())
        if case .wait(let limit) = script.ending, scheduler.chance.happens(0.7) {
            scheduler.after(scheduler.chance.milliseconds(0, limit.milliseconds * 3)) {
                self.database.approve(id)
            }
        }
        if scheduler.chance.happens(0.05) {
            scheduler.after(scheduler.chance.milliseconds(0, 20_000)) { self.database.cancel(id) }
        }
    }
}

extension Duration {
    var milliseconds: Int { Int(micros / 1000) }
}
