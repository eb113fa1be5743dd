import Glibc
import JSON

extension HTTPReply {
    /// The reply that a fault gives in place of the regular one; nil when the fault leaves it.
    init?(inPlace fault: Fault?) {
        guard let fault else { return nil }
        switch fault.kind {
        case .status: self = .providerError(status: fault.number)
        case .rateLimited, .rateLimitedLong:
            self = .providerError(status: 429)
            headers.append(("retry-after", String(fault.number)))
        case .rateLimitedUntil:
            self = .providerError(status: 429)
            headers.append(("retry-after", Self.httpDate(secondsFromNow: fault.number)))
        case .quota:
            self = .error(
                status: 429, type: "insufficient_quota", code: "insufficient_quota",
                message: "You exceeded your current quota, check your plan and billing details.")
        case .badjson:
            self.init(
                status: 200, contentType: "application/json",
                body: Array(#"{"id":"chatcmpl-stub","object":"chat.completion","choices":[{"#.utf8))
        case .html200:
            let page = "<!doctype html><title>Gateway</title><p>Please log in.</p>\n"
            self.init(status: 200, contentType: "text/html; charset=utf-8", body: Array(page.utf8))
        default: return nil
        }
    }

    /// An IMF-fixdate (RFC 9110 §5.6.7), as `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func httpDate(secondsFromNow seconds: Int) -> String {
        var moment = time(nil) + seconds
        var parts = tm()
        gmtime_r(&moment, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            let length = strftime(buffer.baseAddress, 64, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
