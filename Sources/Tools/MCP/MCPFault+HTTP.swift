import HTTP

extension MCPFault {
    /// The fault of a request that got no whole answer.
    init(_ error: HTTPError) {
        switch error.code {
        case .cancelled: self.init(.cancelled, mayHaveActed: error.mayHaveBeenSent)
        case .timeout: self.init(.timeout, mayHaveActed: error.mayHaveBeenSent)
        case .shutdown: self.init(.shutdown, mayHaveActed: error.mayHaveBeenSent)
        case .bodyTooLarge: self.init(.tooLarge, mayHaveActed: true)
        default: self.init(.http(error), mayHaveActed: error.mayHaveBeenSent)
        }
    }

    /// Whether our side stopped waiting.
    var isGivenUp: Bool {
        switch kind {
        case .timeout, .cancelled, .shutdown: true
        default: false
        }
    }

    /// Whether the server itself said no.
    var isAnswer: Bool {
        if case .refused = kind { true } else { false }
    }

    /// Statuses that speak of who asks or how often, not of what is asked.
    var isAboutCaller: Bool {
        if case .status(let status, _) = kind {
            [401, 403, 407, 408, 429].contains(status)
        } else {
            false
        }
    }
}
