/// How a provider is asked to send its reply.
public enum ReplyDelivery: String, Sendable, Hashable, CaseIterable {
    /// In one piece. A call that breaks off says nothing about its cost.
    case whole
    /// As it is written. A call that breaks off is charged for what had come by then: an estimate,
    /// flagged as one, unless the provider had told the figures.
    case stream
}
