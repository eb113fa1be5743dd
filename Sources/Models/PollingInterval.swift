/// The pauses between two questions: they start short and grow by half each time.
public struct PollingInterval: Sendable, Hashable {
    public var first: Duration
    public var longest: Duration

    /// 0.5, 0.75, 1.1, 1.7, 2.5, 3.8, then every 5 seconds.
    public init(first: Duration = .milliseconds(500), longest: Duration = .seconds(5)) {
        self.first = first
        self.longest = longest
    }

    /// The pause after `previous`; nil stands for the first one.
    func next(after previous: Duration?) -> Duration {
        min(previous.map { $0 * 3 / 2 } ?? first, longest)
    }
}
