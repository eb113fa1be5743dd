import JSON

/// What somebody may spend in a day or a month.
public struct Budget: Sendable, Hashable {
    public enum Scope: String, Sendable, Hashable {
        case global, user, agent
    }

    public enum Period: String, Sendable, Hashable, CaseIterable {
        case day, month
    }

    /// What a call of a model without a price means for a limit in money.
    public enum Unpriced: Sendable, Hashable {
        /// It is not made; its job is held.
        case refuse
        /// It counts as nothing, and is counted.
        case zero
        /// It counts at these prices, USD per token.
        case assume(input: JSONNumber, output: JSONNumber)

        var word: String {
            switch self {
            case .refuse: "refuse"
            case .zero: "zero"
            case .assume: "assume"
            }
        }

        var prices: (input: JSONNumber, output: JSONNumber)? {
            if case .assume(let input, let output) = self { (input, output) } else { nil }
        }
    }

    /// Every user or agent that has no budget of its own, each for itself.
    public static let each = "*"

    public var scope: Scope
    /// The user or agent, or `each`; of the global budget always `each`.
    public var subject: String
    public var period: Period
    public var tokens: Int64?
    /// USD, exactly.
    public var usd: JSONNumber?
    /// Where the day or month turns, as PostgreSQL names zones.
    public var timeZone: String
    public var unpriced: Unpriced

    public init(
        scope: Scope, subject: String = each, period: Period, tokens: Int64? = nil,
        usd: JSONNumber? = nil, timeZone: String = "UTC", unpriced: Unpriced = .refuse
    ) {
        self.scope = scope
        self.subject = subject
        self.period = period
        self.tokens = tokens
        self.usd = usd
        self.timeZone = timeZone
        self.unpriced = unpriced
    }
}
