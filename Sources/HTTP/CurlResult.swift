import CCurl

/// A result code of libcurl (`CURLcode`) as a value with equality.
struct CurlResult: Sendable, Hashable {
    let rawValue: UInt32

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    init(_ code: CURLcode) {
        rawValue = code.rawValue
    }

    var isSuccess: Bool { rawValue == CURLE_OK.rawValue }

    /// libcurl's fixed sentence for the code.
    var text: String {
        String(cString: curl_easy_strerror(CURLcode(rawValue: rawValue)))
    }

    static let couldNotConnect = CurlResult(CURLE_COULDNT_CONNECT)
}
