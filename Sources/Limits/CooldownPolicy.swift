import Journal

/// How long a cool-down lasts whose provider did not say, and how much of what it said counts.
public struct CooldownPolicy: Sendable {
    /// The longest wait a provider may ask for; a longer one is cut to it.
    public var longestAsked: Duration
    /// After a temporary 429: first, and at most after refused probes, each of which doubles it.
    public var rateLimit = (first: Duration.seconds(1), most: Duration.seconds(60))
    /// After an overload.
    public var overload = (first: Duration.seconds(2), most: Duration.seconds(120))
    /// Between two probes of a provider whose account is stopped.
    public var quotaProbe: Duration
    /// How long one probe may take before another may be made.
    public var probeLimit = Duration.seconds(15)
    /// A refusal comes at once. A probe that was not refused for so long has got through: the fleet
    /// need not wait for the end of a long reply.
    public var probeGrace = Duration.seconds(5)
    /// How often a job's own calls may be refused without using an attempt; past it the refusal
    /// counts as the failure it is. A job that a provider never takes must not go on for ever, nor
    /// cool down the fleet for ever.
    public var mostRefusals: Int

    public init(
        longestAsked: Duration = .seconds(900), quotaProbe: Duration = .seconds(600),
        mostRefusals: Int = 100
    ) {
        self.longestAsked = longestAsked
        self.quotaProbe = quotaProbe
        self.mostRefusals = mostRefusals
    }

    /// What the cool-down after a refusal lasts: as asked (cut; nil: it did not ask), at first, and
    /// at most by doubling.
    func waits(
        after refusal: ProviderRefusal
    ) -> (asked: Duration?, first: Duration, most: Duration) {
        // A wait of nothing would be no cool-down at all.
        let asked = refusal.retryAfter.map { min(max($0, .milliseconds(100)), longestAsked) }
        return switch refusal.kind {
        case .rateLimit: (asked, rateLimit.first, rateLimit.most)
        case .overload: (asked, overload.first, overload.most)
        case .quota: (nil, quotaProbe, quotaProbe)
        }
    }
}
