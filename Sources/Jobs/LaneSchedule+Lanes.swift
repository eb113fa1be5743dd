import FoundationEssentials

extension LaneSchedule {
    /// The lane has a due job. One that is new, or had run dry, starts at its level's clock, or with
    /// the lowest of those that wait: the clock has run ahead where jobs took less than they were
    /// charged for. Returns its number; nil: there is no room for it.
    @discardableResult
    mutating func wait(_ lane: Lane, now: ContinuousClock.Instant) -> Int? {
        let known = numbers[lane]
        guard known != nil || numbers.count < Self.largest else { return nil }
        let level = known.flatMap { entries[$0]?.level } ?? level(of: lane)
        if let known, orders[level].waiting.contains(known) { return known }
        let clock = orders[level].clock
        let lowest = orders[level].waiting.first.flatMap { entries[$0]?.time }
        let start = min(clock, lowest ?? clock)
        let number =
            known
            ?? add(
                Entry(
                    lane: lane, level: level, weight: weights[lane.user] ?? 1, time: start,
                    swept: now))
        let time = max(entries[number]?.time ?? start, start)
        entries[number]?.time = time
        entries[number]?.floor = nil
        entries[number]?.swept = now
        orders[level].waiting.set(number, lane, to: time)
        return number
    }

    /// Nothing came from a lane that was asked for. Below its floor there may be something yet.
    mutating func runDry(_ lane: Int, hasFloor: Bool, mayForget: Bool) {
        guard let entry = entries[lane] else { return }
        guard !hasFloor else {
            entries[lane]?.floor = nil
            return
        }
        orders[entry.level].runDry(lane)
        // One that owes nothing need not be remembered.
        if mayForget, entry.running == 0, entry.time <= orders[entry.level].clock { forget(lane) }
    }

    /// Where the claim of a lane begins: at its floor, but now and then at its beginning.
    mutating func floor(of lane: Int, _ now: ContinuousClock.Instant) -> LaneFloor? {
        guard let entry = entries[lane], entry.isDeep, let floor = entry.floor else { return nil }
        if entry.swept.duration(to: now) < Self.floorLife { return floor }
        entries[lane]?.swept = now
        return nil
    }

    /// Lets go of dry lanes that the clock has passed meanwhile.
    mutating func makeRoom(_ now: ContinuousClock.Instant) {
        if let last = lastMadeRoom, last.duration(to: now) < .seconds(1) { return }
        lastMadeRoom = now
        for (lane, entry) in entries.enumerated() {
            guard let entry, entry.running == 0 else { continue }
            let order = orders[entry.level]
            if !order.waiting.contains(lane), entry.time <= order.clock { forget(lane) }
        }
    }

    /// There are as many levels as queues and priorities: too few for a table.
    private mutating func level(of lane: Lane) -> Int {
        let known = orders.firstIndex { $0.priority == lane.priority && $0.queue == lane.queue }
        if let known { return known }
        orders.append(Order(priority: lane.priority, queue: lane.queue))
        return orders.count - 1
    }

    private mutating func add(_ entry: Entry) -> Int {
        let number = unused.popLast() ?? entries.count
        if number == entries.count { entries.append(entry) } else { entries[number] = entry }
        numbers[entry.lane] = number
        return number
    }

    /// Nothing of the lane waits or runs: its number may name another.
    private mutating func forget(_ lane: Int) {
        guard let entry = entries[lane] else { return }
        numbers[entry.lane] = nil
        entries[lane] = nil
        unused.append(lane)
    }
}

extension LaneSchedule.Order {
    /// At the end of a busy period everybody starts anew, at the same time.
    fileprivate mutating func runDry(_ lane: Int) {
        waiting.remove(lane)
        if waiting.isEmpty { clock = max(clock, latest) }
    }
}
