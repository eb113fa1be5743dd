import CCurl

/// An absolute http or https URL, as libcurl's own parser reads it.
struct RequestURL {
    let isTLS: Bool
    /// Scheme, host, port and path: no userinfo, query or fragment, which may carry secrets.
    let redacted: String

    /// Nil when `text` is not such a URL or holds control characters.
    init?(_ text: String) {
        guard !text.utf8.contains(0), let url = curl_url() else { return nil }
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: url), scheme == "http" || scheme == "https"
        else { return nil }
        isTLS = scheme == "https"
        for secret in [
            CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY,
            CURLUPART_FRAGMENT,
        ] {
            guard curl_url_set(url, secret, nil, 0) == CURLUE_OK else { return nil }
        }
        guard let redacted = Self.part(CURLUPART_URL, of: url) else { return nil }
        self.redacted = redacted
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
