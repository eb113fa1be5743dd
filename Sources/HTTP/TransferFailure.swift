import CCurl

/// The kind of a failed transfer, before it is put into words.
struct TransferFailure: Hashable {
    let code: HTTPError.Code
    let deadline: HTTPError.Deadline?

    init(code: HTTPError.Code, deadline: HTTPError.Deadline? = nil) {
        self.code = code
        self.deadline = deadline
    }

    /// A transfer we ended.
    init(_ abort: TransferState.Abort) {
        switch abort {
        case .bodyTooLarge: self.init(code: .bodyTooLarge)
        case .headersTooLarge: self.init(code: .headersTooLarge)
        case .addressRefused: self.init(code: .addressRefused)
        case .cancelled: self.init(code: .cancelled)
        case .shutdown: self.init(code: .shutdown)
        case .deadline(let deadline): self.init(code: .timeout, deadline: deadline)
        }
    }

    /// A transfer libcurl ended with an error in `phase`.
    init(_ result: CurlResult, phase: TransferState.Phase) {
        let code = CURLcode(rawValue: result.rawValue)
        switch code {
        case CURLE_URL_MALFORMAT:
            self.init(code: .invalidURL)
        case CURLE_UNSUPPORTED_PROTOCOL:
            // Also the answer to a reply without a status line ("HTTP/0.9").
            self.init(code: phase == .connecting ? .invalidURL : .protocolError)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self.init(code: .resolve)
        case CURLE_COULDNT_CONNECT:
            self.init(code: .connect)
        case CURLE_OPERATION_TIMEDOUT:
            // The only deadline given to libcurl is that of the connect phase.
            self.init(code: .timeout, deadline: .connect)
        case CURLE_PARTIAL_FILE:
            self.init(code: .truncated)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND, CURLE_RECV_ERROR,
            CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_ABORTED_BY_CALLBACK:
            // 65 (rewind) and 42 (our refusal) are a reused connection that died after the body
            // had gone out.
            self.init(code: phase == .body ? .truncated : .reset)
        case CURLE_OUT_OF_MEMORY where phase == .awaiting:
            // libcurl's own bound on one header line, 100 KB; memory itself does not run out here.
            self.init(code: .headersTooLarge)
        case CURLE_FILESIZE_EXCEEDED:
            self.init(code: .bodyTooLarge)
        default:
            self.init(code: Self.tlsCodes.contains(code.rawValue) ? .tls : .protocolError)
        }
    }

    private static let tlsCodes = Set(
        [
            CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION,
            CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT,
        ].map(\.rawValue))
}
