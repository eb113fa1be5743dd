/// When what runs must be done. It only ever moves nearer: from the run to a step to what the step
/// does.
struct Deadline: Sendable {
    static let none = Deadline(instant: nil)

    private let instant: ContinuousClock.Instant?

    /// The nearer one of this and `limit` from now; nil sets no limit.
    func shrunk(to limit: Duration?) -> Deadline {
        guard let limit else { return self }
        let new = ContinuousClock.now + limit
        return Deadline(instant: min(instant ?? new, new))
    }

    /// What is left, at least zero; nil without a limit.
    var remaining: Duration? {
        instant.map { max(.zero, $0 - .now) }
    }

    /// Whether a pause ends before it.
    func allows(_ pause: Duration) -> Bool {
        remaining.map { pause < $0 } ?? true
    }
}
