import FoundationEssentials

extension LaneSchedule {
    /// The lane has a due job. One that is new, or had run dry, starts at its level's clock, or with
    /// the lowest of those that wait: the clock has run ahead where jobs took less than they were
    /// charged for.
    mutating func wait(_ lane: Lane, now: ContinuousClock.Instant) {
        let level = Level(priority: lane.priority, queue: lane.queue)
        var order = orders.removeValue(forKey: level) ?? Order()
        defer { orders[level] = order }
        guard !order.waiting.contains(lane) else { return }
        let lowest = order.waiting.first.flatMap { entries[$0]?.time }
        let start = min(order.clock, lowest ?? order.clock)
        var entry = entries[lane] ?? Entry(time: start, swept: now)
        entry.time = max(entry.time, start)
        entry.floor = nil
        entry.swept = now
        entries[lane] = entry
        order.waiting.set(lane, to: entry.time)
    }

    /// Nothing came from a lane that was asked for. Below its floor there may be something yet.
    mutating func runDry(_ request: LaneRequest) {
        let lane = request.lane
        guard request.floor == nil else {
            entries[lane]?.floor = nil
            return
        }
        let level = Level(priority: lane.priority, queue: lane.queue)
        guard var order = orders.removeValue(forKey: level) else { return }
        order.waiting.remove(lane)
        // The end of a busy period: everybody starts anew, at the same time.
        if order.waiting.isEmpty { order.clock = max(order.clock, order.latest) }
        orders[level] = order
        // One that owes nothing need not be remembered.
        if let entry = entries[lane], entry.running == 0, entry.time <= order.clock {
            entries[lane] = nil
        }
    }

    /// Where the claim of a lane begins: at its floor, but now and then at its beginning.
    mutating func floor(of lane: Lane, _ now: ContinuousClock.Instant) -> LaneFloor? {
        guard let entry = entries[lane], entry.isDeep, let floor = entry.floor else { return nil }
        if entry.swept.duration(to: now) < Self.floorLife { return floor }
        entries[lane]?.swept = now
        return nil
    }

    /// Lets go of dry lanes that the clock has passed meanwhile.
    mutating func makeRoom(_ now: ContinuousClock.Instant) {
        if let last = lastMadeRoom, last.duration(to: now) < .seconds(1) { return }
        lastMadeRoom = now
        entries = entries.filter { lane, entry in
            let order = orders[Level(priority: lane.priority, queue: lane.queue)]
            return entry.running > 0 || order?.waiting.contains(lane) == true
                || entry.time > order?.clock ?? 0
        }
    }
}
