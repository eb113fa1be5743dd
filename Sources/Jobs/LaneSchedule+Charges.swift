import FoundationEssentials

extension LaneSchedule {
    /// How often what runs is charged on.
    private static let rechargePause = Duration.milliseconds(100)
    /// The share of a finished job in its lane's mean.
    private static let learning = 0.2

    /// An attempt has ended: its lane is charged what it took.
    public mutating func finished(_ attempt: UUID, now: ContinuousClock.Instant) {
        guard let charge = charges.removeValue(forKey: attempt) else { return }
        let took = max(0.001, charge.since.duration(to: now).inSeconds)
        meanCost += (took - meanCost) * Self.learning / 4
        move(charge.lane, by: took - charge.slotSeconds) { entry in
            entry.running -= 1
            entry.cost = entry.cost.map { $0 + (took - $0) * Self.learning } ?? took
        }
    }

    /// Takes one job more of the level's next lane, and charges it.
    mutating func serve(_ level: Int) {
        guard let lane = orders[level].waiting.first, let time = entries[lane]?.time else { return }
        orders[level].pass(time)
        let price = entries[lane]?.cost ?? meanCost
        if entries[lane]?.take == 0 { planned.append(lane) }
        move(lane, by: price) { entry in
            entry.take += 1
            entry.prepaid += price
        }
    }

    /// A plan of which nothing is known stays charged.
    mutating func forgetPlan() {
        for lane in planned {
            entries[lane]?.take = 0
            entries[lane]?.prepaid = 0
        }
        planned = []
    }

    mutating func refund(_ lane: Int) {
        guard let amount = entries[lane]?.prepaid, amount != 0 else { return }
        move(lane, by: -amount) { $0.prepaid = 0 }
    }

    mutating func charge(_ arrival: LaneArrival, to lane: Int, now: ContinuousClock.Instant) {
        guard let attempt = arrival.attemptID, let place = arrival.place, entries[lane] != nil
        else { return }
        let price = entries[lane]?.cost ?? meanCost
        charges[attempt] = Charge(lane: lane, slotSeconds: price, since: now)
        move(lane, by: price) { entry in
            entry.running += 1
            entry.floor = max(entry.floor ?? place, place)
        }
    }

    /// Charges on what runs longer than was charged in advance: as much again as it ran so far, the
    /// best guess at what is to come. Charging only what was used would let a lane take slots at
    /// every turn with jobs that never end (8 of 10 instead of 5).
    mutating func chargeRunning(_ now: ContinuousClock.Instant) {
        if let last = lastRecharge, last.duration(to: now) < Self.rechargePause { return }
        lastRecharge = now
        // In a fixed order: sums of fractions depend on it, and a replay must come to the same.
        for (attempt, charge) in charges.sorted(by: { $0.key < $1.key }) {
            let elapsed = charge.since.duration(to: now).inSeconds
            guard elapsed >= charge.slotSeconds else { continue }
            charges[attempt]?.slotSeconds = 2 * elapsed
            move(charge.lane, by: 2 * elapsed - charge.slotSeconds)
        }
    }

    /// Moves the lane's time, after `change` to what else is known of it. In place, without copies:
    /// this is done thrice per job.
    private mutating func move(
        _ lane: Int, by slotSeconds: Double, change: (inout Entry) -> Void = { _ in }
    ) {
        guard let level = entries[lane]?.level,
            let time = entries[lane]?.move(by: slotSeconds, change)
        else { return }
        orders[level].move(lane, to: time)
    }
}

extension LaneSchedule.Entry {
    fileprivate mutating func move(
        by slotSeconds: Double, _ change: (inout Self) -> Void
    ) -> Double {
        change(&self)
        time += slotSeconds / weight
        return time
    }
}

extension LaneSchedule.Order {
    /// The lane that is served stands at `time`.
    fileprivate mutating func pass(_ time: Double) {
        clock = max(clock, time)
    }

    fileprivate mutating func move(_ lane: Int, to time: Double) {
        latest = max(latest, time)
        waiting.move(lane, to: time)
    }
}
