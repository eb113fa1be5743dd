/// A finished model call: its reply and what the ledger keeps of it.
public struct AccountedReply<Reply: Sendable>: Sendable {
    public var reply: Reply
    public var usage: CallUsage
    /// The model that answered, as the provider names it.
    public var model: String
    /// Size of the reply's body in bytes.
    public var responseBytes: Int

    public init(reply: Reply, usage: CallUsage, model: String, responseBytes: Int) {
        self.reply = reply
        self.usage = usage
        self.model = model
        self.responseBytes = responseBytes
    }
}

/// What an engine needs of the world's memory: every model call is accounted for through it.
///
/// Engines know neither the database nor the queue; the worker hands them a journal bound to one
/// attempt of one job.
public protocol Journal: Sendable {
    /// Commits the intent, makes the call, commits its outcome, and only then returns the reply
    /// (invariant I9).
    ///
    /// Throws what `call` threw, or an error of the store: then the call was not made, or its reply
    /// may not be used.
    func account<Reply: Sendable>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply
}
