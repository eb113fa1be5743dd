/// A finished model call: its reply and what the ledger keeps of it.
public struct AccountedReply<Reply: Sendable>: Sendable {
    public var reply: Reply
    public var usage: CallUsage
    /// The model that answered, as the provider names it.
    public var model: String
    /// Size of the reply's body in bytes.
    public var responseBytes: Int
    /// The key of the journalled step with which an earlier attempt submitted this very call, when
    /// it did: then the rows that attempt left open in the ledger are this call's.
    public var resumedSubmission: String?
    /// What the answer said about the account's rate limits; nil when it said nothing.
    public var rateLimits: RateLimitReport?

    public init(
        reply: Reply, usage: CallUsage, model: String, responseBytes: Int,
        resumedSubmission: String? = nil, rateLimits: RateLimitReport? = nil
    ) {
        self.reply = reply
        self.usage = usage
        self.model = model
        self.responseBytes = responseBytes
        self.rateLimits = rateLimits
        self.resumedSubmission = resumedSubmission
    }
}
