/// How a submitted call stands. `pending` may be followed by the others, they by none.
public enum SubmittedCall: Sendable, Hashable {
    /// Queued or being worked on.
    case pending
    case finished(ChatReply)
    /// It ended without a reply, or the provider has forgotten it.
    case failed(ModelError)
}
