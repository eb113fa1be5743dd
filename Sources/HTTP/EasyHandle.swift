import CCurl

/// A libcurl easy handle, set up for one request, with the memory libcurl reads while it lives.
///
/// Belongs to the loop's thread, like the multi handle it is added to.
final class EasyHandle {
    /// A body up to this is given to libcurl whole, which sends it with the head over HTTP/1.1; a larger
    /// one is read piece by piece, for libcurl would keep a copy of all of it.
    static let largestCopy = 32 << 10

    let raw: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var firstFailure = CURLE_OK

    /// Nil when libcurl has no memory or lacks an option this client relies on.
    init?(
        _ request: HTTPRequest, isTLS: Bool, configuration: HTTPClientConfiguration,
        context: UnsafeMutableRawPointer
    ) {
        guard let raw = curl_easy_init() else { return nil }
        self.raw = raw
        errorText = .allocate(capacity: ccurl_error_buffer_size)
        errorText.initialize(repeating: 0, count: ccurl_error_buffer_size)
        set(CURLOPT_ERRORBUFFER, errorText)
        setRules(configuration)
        setConnection(request, isTLS: isTLS)
        setMessage(request, userAgent: configuration.userAgent)
        setCallbacks(context)
        guard firstFailure == CURLE_OK else { return nil }
    }

    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// libcurl's own words for the last failure; may name host and address, never a header.
    var errorMessage: String { String(cString: errorText) }

    /// Bytes of the request sent so far, over all connections tried; of its body only what went with the head.
    var sentBytes: Int {
        var size = 0
        return ccurl_get_long(raw, CURLINFO_REQUEST_SIZE, &size) == CURLE_OK ? size : 0
    }

    // MARK: Options

    /// What holds for every request.
    private func setRules(_ configuration: HTTPClientConfiguration) {
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        // An empty proxy switches http_proxy and its like off.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOSIGNAL, 1)
        // Without it, aborting a transfer joins its resolver thread, which a dead name server
        // keeps busy for tens of seconds, and the whole loop with it. The thread is left to end
        // and clean up by itself instead.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, CCURL_TLS_1_2)
        if let file = configuration.certificateAuthorityFile { set(CURLOPT_CAINFO, file) }
        set(CURLOPT_BUFFERSIZE, 16 << 10)
    }

    private func setConnection(_ request: HTTPRequest, isTLS: Bool) {
        set(CURLOPT_HTTP_VERSION, CCURL_HTTP_2_OVER_TLS)
        // Requests wait for the first connection to say whether it carries many (HTTP/2). Plain
        // connections never do here and would only be made one after the other.
        set(CURLOPT_PIPEWAIT, isTLS ? 1 : 0)
        set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
        // Load balancers drop idle connections after 60 s or more: leave before they do, since a
        // request that meets the closing connection can't be repeated.
        set(CURLOPT_MAXAGE_CONN, 50)
        // A model may think for minutes without a byte; address translators forget silent flows.
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, 45)
        set(CURLOPT_TCP_KEEPINTVL, 15)
    }

    private func setMessage(_ request: HTTPRequest, userAgent: String) {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_USERAGENT, userAgent)
        if let body = request.body {
            set(CURLOPT_POST, 1)
            if body.isEmpty {
                // A null field pointer would mean the read callback.
                note(ccurl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, 0))
                set(CURLOPT_COPYPOSTFIELDS, "")
            } else {
                // When a reused connection dies before the response, libcurl would silently send
                // the request again, which for a model call is a second bill: the prerequest
                // callback refuses, and a body from the read callback can't be rewound.
                note(ccurl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
                if body.count <= Self.largestCopy {
                    note(body.withUnsafeBytes { ccurl_copy_body(raw, $0.baseAddress) })
                }
            }
        } else if request.method == "HEAD" {
            set(CURLOPT_NOBODY, 1)
        } else if request.method == "GET" {
            set(CURLOPT_HTTPGET, 1)
        }
        if request.repeatsUnnoticed { set(CURLOPT_FRESH_CONNECT, 1) }
        if request.body != nil || request.method != "HEAD" {
            set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        if request.method != "HEAD" {
            note(
                ccurl_set_offset(
                    raw, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(max(1, request.maxBodyBytes))))
        }
        setHeaders(request)
    }

    private func setHeaders(_ request: HTTPRequest) {
        var lines = request.headers.map { field in
            // "Name:" would remove a field; "Name;" sends it empty.
            field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
        }
        lines.append("Expect:")
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        for line in lines {
            guard let longer = curl_slist_append(headerList, line) else {
                return note(CURLE_OUT_OF_MEMORY)
            }
            headerList = longer
        }
        note(ccurl_set_list(raw, CURLOPT_HTTPHEADER, headerList))
    }

    private func setCallbacks(_ context: UnsafeMutableRawPointer) {
        note(ccurl_set_data_callback(raw, CURLOPT_WRITEFUNCTION, TransferCallbacks.write))
        note(ccurl_set_data_callback(raw, CURLOPT_HEADERFUNCTION, TransferCallbacks.header))
        note(ccurl_set_data_callback(raw, CURLOPT_READFUNCTION, TransferCallbacks.read))
        note(ccurl_set_open_socket_callback(raw, TransferCallbacks.openSocket))
        note(ccurl_set_prereq_callback(raw, TransferCallbacks.prerequest))
        for option in [
            CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_OPENSOCKETDATA,
            CURLOPT_PREREQDATA, CURLOPT_PRIVATE,
        ] {
            set(option, context)
        }
    }

    private func set(_ option: CURLoption, _ value: Int) {
        note(ccurl_set_long(raw, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) {
        note(ccurl_set_string(raw, option, value))
    }

    private func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
        note(ccurl_set_pointer(raw, option, value))
    }

    private func note(_ result: CURLcode) {
        if firstFailure == CURLE_OK { firstFailure = result }
    }
}

extension HTTPRequest {
    /// Whether libcurl could send the request twice without a body to stop it, though the method
    /// is not safe to repeat; such a request takes a connection of its own.
    fileprivate var repeatsUnnoticed: Bool {
        (body ?? []).isEmpty
            && !["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(method)
    }
}

extension Duration {
    /// Rounded up, at least 1 (0 means "no limit" to libcurl) and at most a day.
    fileprivate var wholeMilliseconds: Int {
        let day = 86_400
        let (seconds, attoseconds) = components
        guard seconds < day else { return day * 1000 }
        return max(
            1,
            Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
