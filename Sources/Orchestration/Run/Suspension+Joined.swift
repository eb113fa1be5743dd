import Journal

extension Suspension {
    /// Several waits as one: it names the first, says what all wait for, and ends with the one that
    /// ends first. nil for none.
    ///
    /// A limit goes before events: once it has room, the next attempt comes to the events again.
    /// Of several limits the one that lasts longest counts, or the run would only meet it next.
    static func joined(_ suspensions: [Suspension]) -> Suspension? {
        let limits = suspensions.filter { $0.holdFor != nil }
        if let longest = limits.max(by: { ($0.holdFor ?? .zero) < ($1.holdFor ?? .zero) }) {
            return longest
        }
        guard var joined = suspensions.first else { return nil }
        joined.until = suspensions.compactMap(\.until).min()
        var reasons: [String] = []
        for suspension in suspensions where !reasons.contains(suspension.reason) {
            reasons.append(suspension.reason)
        }
        joined.reason = reasons.joined(separator: ", ")
        return joined
    }
}
