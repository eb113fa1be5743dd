/// A worker's lease of a model's allowance for the next seconds: a line for requests, one for
/// tokens, each nil when that is not limited.
struct AllowanceSlice: Sendable, Hashable {
    /// What the slice has for a call.
    enum Verdict: Hashable {
        /// Now; it was taken.
        case ready
        /// Not before then.
        case at(ContinuousClock.Instant)
        /// Nothing more, or not as much.
        case spent
    }

    var requests: AllowanceLine?
    var tokens: AllowanceLine?
    /// What is unused then is void here, by the database's clock it is void for everybody.
    let expiresAt: ContinuousClock.Instant

    /// Takes a permit for a call of so many tokens if there is one now.
    mutating func take(tokens amount: Int, now: ContinuousClock.Instant) -> Verdict {
        guard now < expiresAt else { return .spent }
        var ready = now
        if let requests {
            guard let at = requests.readyAt(1) else { return .spent }
            ready = max(ready, at)
        }
        if let tokens {
            guard let at = tokens.readyAt(Double(amount)) else { return .spent }
            ready = max(ready, at)
        }
        guard ready <= now else { return ready < expiresAt ? .at(ready) : .spent }
        requests?.take(1)
        tokens?.take(Double(amount))
        return .ready
    }

    /// Takes back a permit that was not used.
    mutating func giveBack(tokens amount: Int) {
        requests?.take(-1)
        tokens?.take(-Double(amount))
    }
}
