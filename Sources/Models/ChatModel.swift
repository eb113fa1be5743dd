/// A provider of model calls. Implementations: one file each, plus one line where the catalogue
/// is built; `ModelConformance` in the tests holds them all to the same behaviour.
///
/// One call of `complete` is at most one request: no provider takes an idempotency key on chat
/// calls, so every repetition can bill twice. Retrying is the job's business, which has the
/// ledger, the backoff and the budget; an implementation never loops.
public protocol ChatModel: Sendable {
    /// The provider's name in records, prices and model names (`provider:model`), such as `openai`.
    var provider: String { get }

    /// Makes the call. Cancelling the task aborts it at once.
    func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply
}
