/// The cool-downs this worker knows of, and what they mean for a call.
struct CooldownBoard: Sendable {
    enum Verdict: Sendable, Hashable {
        case open
        /// Not before then.
        case closed(ProviderModel, Cooldown, until: ContinuousClock.Instant)
        /// Its time is over: one call of the fleet may find out.
        case due(ProviderModel, Cooldown)
    }

    private(set) var cooldowns: [ProviderModel: Cooldown] = [:]
    /// When this worker met a refusal itself.
    private var metAt: [ProviderModel: ContinuousClock.Instant] = [:]

    init() {}

    /// What stands in the way of a call: a stop of the whole provider goes first.
    func verdict(_ name: ProviderModel, now: ContinuousClock.Instant) -> Verdict {
        var verdict = Verdict.open
        for key in [name.whole, name] {
            guard let cooldown = cooldowns[key] else { continue }
            let until = max(cooldown.until, cooldown.probedUntil ?? cooldown.until)
            if until > now { return .closed(key, cooldown, until: until) }
            if verdict == .open { verdict = .due(key, cooldown) }
        }
        return verdict
    }

    /// Takes over what the database said when it was asked at `asked`; answers which cool-downs are
    /// over and which are new. What this worker met since then stays.
    mutating func replace(
        with fresh: [ProviderModel: Cooldown], asked: ContinuousClock.Instant
    ) -> (ended: [ProviderModel], begun: [ProviderModel]) {
        let before = cooldowns
        cooldowns = fresh
        for (name, met) in metAt where met >= asked { cooldowns[name] = before[name] }
        metAt = metAt.filter { $0.value >= asked }
        return (
            before.keys.filter { cooldowns[$0] == nil },
            cooldowns.keys.filter { before[$0] == nil }
        )
    }

    /// A refusal that this worker met itself, ahead of the database's word.
    mutating func close(
        _ name: ProviderModel, _ cooldown: Cooldown, now: ContinuousClock.Instant
    ) {
        cooldowns[name] = cooldown
        metAt[name] = now
    }

    mutating func open(_ name: ProviderModel) {
        cooldowns[name] = nil
        metAt[name] = nil
    }
}
