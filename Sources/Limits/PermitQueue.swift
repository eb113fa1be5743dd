/// The calls of one worker that wait for their permit of one model, first come, first served.
///
/// A value: it decides and does nothing. Whoever owns it performs the step it answers: lets calls
/// go, leases a slice, looks again at a time.
struct PermitQueue: Sendable {
    /// A call on its way through the queue.
    struct Waiting: Sendable, Hashable {
        let id: Int
        let tokens: Int
        /// Until when it waits.
        let deadline: ContinuousClock.Instant
    }

    /// What is to be done now.
    struct Step: Hashable {
        /// Calls that go.
        var ready: [Int] = []
        /// Calls whose time to wait is over.
        var late: [Int] = []
        /// Ask for a slice; `leased` or `leaseFailed` tells of the answer.
        var demand: AllowanceDemand?
        /// Nothing changes before then unless something happens; nil: nothing waits.
        var again: ContinuousClock.Instant?
    }

    /// The shortest time between two leases (I8): whatever the demand, ten statements a second.
    static let shortestPause = Duration.milliseconds(100)
    /// How far back arrivals count as what is to be expected of the next second.
    static let memory = Duration.seconds(1)
    /// The pause after a lease that failed.
    static let pauseAfterFailure = Duration.milliseconds(500)

    private(set) var waiting: [Waiting] = []
    private var slice: AllowanceSlice?
    private var isLeasing = false
    /// No lease before then.
    private var restsUntil: ContinuousClock.Instant?
    private var pace = AllowanceGrant.Pace()
    private var arrivals: [(at: ContinuousClock.Instant, tokens: Int)] = []
    private var left: (at: ContinuousClock.Instant, requests: Int?, tokens: Int?)?

    /// How long a call that comes now would wait, by this worker's share of the rate.
    func expectedWait(tokens: Int) -> Duration {
        let calls = Double(waiting.count + 1) - (slice?.requests?.unused ?? 0)
        let sum = Double(waiting.reduce(tokens) { $0 + $1.tokens }) - (slice?.tokens?.unused ?? 0)
        let byRequests = pace.requests.map { calls / $0 } ?? 0
        let byTokens = pace.tokens.map { sum / $0 } ?? 0
        return .seconds(max(0, byRequests, byTokens))
    }

    /// The share of the rate in calls a second; nil when nothing is known of it.
    func callsPerSecond(tokens: Int) -> Double? {
        let byTokens = pace.tokens.map { $0 / Double(max(1, tokens)) }
        return [pace.requests, byTokens].compactMap { $0 }.min()
    }

    mutating func arrive(_ call: Waiting, now: ContinuousClock.Instant) {
        waiting.append(call)
        arrivals.removeAll { $0.at + Self.memory < now }
        arrivals.append((now, call.tokens))
    }

    /// A call that no longer waits: it was stopped.
    mutating func leave(_ id: Int) {
        waiting.removeAll { $0.id == id }
    }

    /// A permit that was handed out and not used.
    mutating func giveBack(tokens: Int) {
        slice?.giveBack(tokens: tokens)
    }

    /// What an answer said is left of the provider's own allowance.
    mutating func heard(requests: Int?, tokens: Int?, now: ContinuousClock.Instant) {
        left = (now, requests, tokens)
    }

    mutating func step(now: ContinuousClock.Instant) -> Step {
        var step = Step()
        step.late = waiting.filter { $0.deadline <= now }.map(\.id)
        waiting.removeAll { $0.deadline <= now }
        while let first = waiting.first {
            switch slice?.take(tokens: first.tokens, now: now) ?? .spent {
            case .ready:
                step.ready.append(first.id)
                waiting.removeFirst()
                continue
            case .at(let time): step.again = time
            case .spent:
                if let restsUntil, restsUntil > now {
                    step.again = restsUntil
                } else if !isLeasing {
                    isLeasing = true
                    restsUntil = now + Self.shortestPause
                    step.demand = demand(first, now: now)
                }
            }
            break
        }
        let soonest = waiting.map(\.deadline).min()
        step.again = [step.again, soonest].compactMap { $0 }.min()
        return step
    }

    /// What waits, and as much again as came in the last second and did not have to wait.
    private mutating func demand(
        _ first: Waiting, now: ContinuousClock.Instant
    ) -> AllowanceDemand {
        let recent = arrivals.filter { $0.at + Self.memory >= now }
        let tokens = waiting.reduce(0) { $0 + $1.tokens }
        var demand = AllowanceDemand(
            requests: max(waiting.count, recent.count),
            tokens: max(tokens, recent.reduce(0) { $0 + $1.tokens }), firstTokens: first.tokens,
            unusedRequests: slice?.requests?.unused ?? 0, unusedTokens: slice?.tokens?.unused ?? 0)
        if let left, left.at + Self.memory >= now {
            demand.leftRequests = left.requests
            demand.leftTokens = left.tokens
        }
        slice = nil
        left = nil
        return demand
    }

    /// The answer to the demand of a step.
    mutating func leased(_ grant: AllowanceGrant, now: ContinuousClock.Instant) {
        isLeasing = false
        switch grant {
        case .unlimited: pace = AllowanceGrant.Pace()
        case .slice(let slice, let pace):
            self.slice = slice
            self.pace = pace
        case .later(let pause, let pace):
            self.pace = pace
            restsUntil = max(restsUntil ?? now, now + pause)
        }
    }

    /// The demand of a step found no answer: what was to be returned is lost, and nobody goes.
    mutating func leaseFailed(now: ContinuousClock.Instant) {
        isLeasing = false
        restsUntil = now + Self.pauseAfterFailure
    }

    /// Lets all go: no limit is known any more.
    mutating func open() -> [Int] {
        defer { waiting = [] }
        slice = nil
        return waiting.map(\.id)
    }
}
