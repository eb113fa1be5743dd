import Journal

extension Suspension {
    /// Several waits as one: it names the first, says what all wait for, and ends with the one that
    /// ends first. nil for none.
    static func joined(_ suspensions: [Suspension]) -> Suspension? {
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
