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
        guard var entry = entries[charge.lane] else { return }
        entry.running -= 1
        entry.cost = entry.cost.map { $0 + (took - $0) * Self.learning } ?? took
        entries[charge.lane] = entry
        move(charge.lane, by: took - charge.slotSeconds)
    }

    func weight(of lane: Lane) -> Double { weights[lane.user] ?? 1 }

    /// What the next job of the lane is charged in advance, in slot-seconds.
    private func price(of lane: Lane) -> Double { entries[lane]?.cost ?? meanCost }

    /// The next lane of a level, charged for one job.
    mutating func serve(_ level: Level) -> Lane? {
        guard let order = orders[level], let lane = order.waiting.first,
            let entry = entries[lane]
        else { return nil }
        let clock = max(order.clock, entry.time)
        orders[level]?.clock = clock
        prepaid[lane, default: 0] += price(of: lane)
        move(lane, by: price(of: lane))
        return lane
    }

    mutating func refund(_ lane: Lane) {
        guard let amount = prepaid.removeValue(forKey: lane) else { return }
        move(lane, by: -amount)
    }

    mutating func charge(_ arrival: LaneArrival, now: ContinuousClock.Instant) {
        let lane = arrival.lane
        guard let attempt = arrival.attemptID, let place = arrival.place,
            var entry = entries[lane]
        else { return }
        let price = price(of: lane)
        charges[attempt] = Charge(lane: lane, slotSeconds: price, since: now)
        entry.running += 1
        entry.floor = max(entry.floor ?? place, place)
        entries[lane] = entry
        move(lane, by: price)
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

    private mutating func move(_ lane: Lane, by slotSeconds: Double) {
        guard var entry = entries[lane] else { return }
        entry.time += slotSeconds / weight(of: lane)
        entries[lane] = entry
        let level = Level(priority: lane.priority, queue: lane.queue)
        guard var order = orders.removeValue(forKey: level) else { return }
        order.latest = max(order.latest, entry.time)
        if order.waiting.contains(lane) { order.waiting.set(lane, to: entry.time) }
        orders[level] = order
    }
}
