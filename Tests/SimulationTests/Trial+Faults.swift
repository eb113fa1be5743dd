@testable import Worker

extension Trial {
    /// Plans the next fault, until the calm.
    func planFault() {
        let pause = faultPause * (2 * scheduler.chance.unit())
        scheduler.after(pause + .milliseconds(10)) { [unowned self] in
            guard scheduler.time < calm else { return }
            strike()
            planFault()
        }
    }

    private func strike() {
        let up = workers.filter(isUp)
        guard !up.isEmpty else { return }
        let worker = scheduler.chance.pick(up)
        switch scheduler.chance.int(0, 9) {
        case 0...1: crash(worker)
        case 2...3: freeze(worker)
        case 4: cut(worker)
        case 5: takeDatabaseDown()
        case 6: moveClock()
        case 7...8: restart(worker)
        default: pause()
        }
    }

    private func crash(_ worker: SimulatedWorker) {
        network.strike("kill -9")
        worker.process.kill()
        scheduler.after(scheduler.chance.milliseconds(100, 10_000)) { [unowned self] in
            if scheduler.time < calm { begin() }
        }
    }

    private func freeze(_ worker: SimulatedWorker) {
        network.strike("SIGSTOP")
        if worker.isStopping { worker.frozeWhileStopping = true }
        worker.process.freeze()
        let longest = settings.lease.milliseconds * 3
        scheduler.after(scheduler.chance.milliseconds(10, longest)) {
            if worker.isStopping { worker.frozeWhileStopping = true }
            worker.process.thaw()
        }
    }

    private func cut(_ worker: SimulatedWorker) {
        network.strike("network cut")
        let number = worker.process.number
        network.cut.insert(number)
        let longest = settings.lease.milliseconds * 4
        scheduler.after(scheduler.chance.milliseconds(100, longest)) { [network] in
            network.cut.remove(number)
        }
    }

    private func takeDatabaseDown() {
        network.strike("database down")
        network.isDown = true
        scheduler.after(scheduler.chance.milliseconds(100, 40_000)) { [network] in
            network.isDown = false
        }
    }

    private func moveClock() {
        network.strike("clock jump")
        let limit = settings.lease.milliseconds * 2
        let jump = scheduler.chance.milliseconds(-limit, limit)
        clockShift += jump
        if jump > .zero { auditor.clockJumpsUntil = scheduler.time + settings.lease * 2 }
    }

    private func restart(_ worker: SimulatedWorker) {
        guard !worker.isStopping else { return }
        network.strike("SIGTERM")
        if worker.process.isFrozen { worker.frozeWhileStopping = true }
        stop(worker, .drain)
        if scheduler.chance.happens(0.3) {
            scheduler.after(scheduler.chance.milliseconds(0, 10_000)) { worker.stop(.interrupt) }
        }
    }

    private func pause() {
        network.strike("pause")
        database.pause(kind: Self.kind)
        scheduler.after(scheduler.chance.milliseconds(100, 15_000)) { [database] in
            database.resume(kind: Self.kind)
        }
    }

    /// The end of all faults: the fleet is healthy again.
    func heal() {
        network.rates = .none
        network.isDown = false
        network.cut = []
        database.resume(kind: Self.kind)
        for worker in workers { worker.process.thaw() }
        if !workers.contains(where: { isUp($0) && !$0.isStopping }) { begin() }
    }
}
