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

    func weight(of lane: Lane) -> Double { weights.isEmpty ? 1 : weights[lane.user] ?? 1 }

    /// The next lane of a level, charged for one job.
    mutating func serve(_ level: Level) -> Lane? {
        guard let lane = orders[level]?.waiting.first, let entry = entries[lane] else { return nil }
        orders[level]?.pass(entry.time)
        let price = entry.cost ?? meanCost
        prepaid[lane, default: 0] += price
        move(lane, by: price)
        return lane
    }

    mutating func refund(_ lane: Lane) {
        guard let amount = prepaid.removeValue(forKey: lane) else { return }
        move(lane, by: -amount)
    }

    mutating func charge(_ arrival: LaneArrival, now: ContinuousClock.Instant) {
        let lane = arrival.lane
        guard let attempt = arrival.attemptID, let place = arrival.place,
            let entry = entries[lane]
        else { return }
        let price = entry.cost ?? meanCost
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
        _ lane: Lane, by slotSeconds: Double, change: (inout Entry) -> Void = { _ in }
    ) {
        let amount = slotSeconds / weight(of: lane)
        guard let time = entries[lane]?.move(by: amount, change) else { return }
        orders[Level(priority: lane.priority, queue: lane.queue)]?.move(lane, to: time)
    }
}

extension LaneSchedule.Entry {
    fileprivate mutating func move(by amount: Double, _ change: (inout Self) -> Void) -> Double {
        change(&self)
        time += amount
        return time
    }
}

extension LaneSchedule.Order {
    /// The lane that is served stands at `time`.
    fileprivate mutating func pass(_ time: Double) {
        clock = max(clock, time)
    }

    fileprivate mutating func move(_ lane: Lane, to time: Double) {
        latest = max(latest, time)
        waiting.move(lane, to: time)
    }
}
