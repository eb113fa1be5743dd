/// What a worker asks for when it leases a slice.
struct AllowanceDemand: Sendable, Hashable {
    var requests: Int
    var tokens: Int
    /// Of the call that is first in line.
    var firstTokens: Int
    /// What it did not use of its last slice.
    var unusedRequests = 0.0
    var unusedTokens = 0.0
    /// What an answer said lately is left; nil when none did.
    var leftRequests: Int?
    var leftTokens: Int?
}
