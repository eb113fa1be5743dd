import Postgres

/// What lies between the workers and the database.
// Unchecked: like all of a simulation, touched by its one thread only.
final class Network: @unchecked Sendable {
    /// What becomes of one statement.
    struct Fate {
        var wayThere: Duration
        var wayBack: Duration
        /// nil: done.
        var refusal: String?
        var arrives = true
        var isAnswered = true
        /// Whether a loss breaks the connection at once; else the caller hears nothing.
        var isNoticed = true
    }

    let database: SimulatedDatabase
    let scheduler: Scheduler
    var rates = FaultRates.none
    /// No connection works, and none can be made.
    var isDown = false
    /// The processes that cannot reach it.
    var cut: Set<Int> = []
    /// The faults that struck, by name.
    var struck: [String: Int] = [:]

    init(_ database: SimulatedDatabase, _ scheduler: Scheduler) {
        self.database = database
        self.scheduler = scheduler
    }

    func reaches(_ process: Process) -> Bool { !isDown && !cut.contains(process.number) }

    func strike(_ fault: String) {
        struck[fault, default: 0] += 1
    }

    func fate() -> Fate {
        var fate = Fate(
            wayThere: .microseconds(scheduler.chance.int(100, 3000)),
            wayBack: .microseconds(scheduler.chance.int(100, 3000)))
        var drawn = scheduler.chance.unit()
        for (name, rate) in [
            ("lost before", rates.lostBefore), ("lost after", rates.lostAfter),
            ("refused", rates.refused), ("late", rates.late),
        ] {
            guard drawn < rate else {
                drawn -= rate
                continue
            }
            strike("statement \(name)")
            fate.isNoticed = scheduler.chance.happens(0.6)
            switch name {
            case "lost before": fate.arrives = false
            case "lost after": fate.isAnswered = false
            case "refused":
                fate.refusal = scheduler.chance.pick(["40P01", "55P03", "57014", "53100", "25006"])
            default: fate.wayThere = scheduler.chance.milliseconds(500, 90_000)
            }
            break
        }
        return fate
    }
}
