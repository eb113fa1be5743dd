import HTTP
import Journal

extension ModelError {
    /// The error of a call that got no whole answer. What may have reached the server may be
    /// billed.
    init(_ error: HTTPError, provider: String) {
        self.init(
            Self.failureClass(error.code), providerCode: "\(error.code)",
            message: "\(provider): \(error.message)",
            spend: error.mayHaveBeenSent ? .unknown : .none,
            isPermanent: Self.isPermanent(error.code))
    }

    private static func failureClass(_ code: HTTPError.Code) -> FailureClass {
        switch code {
        case .timeout: .timeout
        case .cancelled: .cancelled
        case .shutdown: .shutdown
        case .bodyTooLarge, .headersTooLarge, .protocolError: .provider
        case .invalidURL, .resolve, .connect, .tls, .truncated, .reset, .addressRefused: .transport
        }
    }

    /// A wrong URL or a refused address stays so until somebody changes the settings.
    private static func isPermanent(_ code: HTTPError.Code) -> Bool {
        code == .invalidURL || code == .addressRefused
    }
}
