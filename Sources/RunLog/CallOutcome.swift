import Journal

/// How a model call ended, for its row in `token_usage`.
struct CallOutcome: Sendable {
    enum Status: String, Sendable {
        /// Answered; the figures are the provider's.
        case settled
        /// Not answered, or with an error; the figures are what the error said, if anything.
        case failed
        /// Sent, and the answer lost: perhaps billed. The intent's estimate stands.
        case unknown
    }

    var status: Status
    var usage: CallUsage?
    /// The model that answered; nil keeps the one that was asked.
    var model: String?
    var responseBytes: Int?
    var errorCode: String?
    var errorMessage: String?
    var latency: Duration

    static func answered<Reply>(_ reply: AccountedReply<Reply>, after latency: Duration) -> Self {
        CallOutcome(
            status: .settled, usage: reply.usage, model: reply.model,
            responseBytes: reply.responseBytes, latency: latency)
    }

    /// An error that does not say what the call cost may have cost something.
    static func threw(_ error: any Error, after latency: Duration) -> Self {
        guard let error = error as? any SpendReporting else {
            return CallOutcome(
                status: .unknown, errorCode: "interrupted", errorMessage: nil, latency: latency)
        }
        var outcome = CallOutcome(
            status: .failed, errorCode: error.ledgerCode, errorMessage: error.ledgerMessage,
            latency: latency)
        switch error.spend {
        case .none: break
        case .unknown: outcome.status = .unknown
        case .known(let usage): outcome.usage = usage
        }
        return outcome
    }
}
