extension FaultKind {
    /// The fault as it is written, with its argument, and what it does.
    var help: (usage: String, text: String) {
        switch self {
        case .latency: ("latency:MS", "waits before the first byte")
        case .hang: ("hang", "never answers")
        case .hangbody: ("hangbody", "sends headers and half the body, then nothing")
        case .drip: ("drip:MS", "sends the body a byte at a time")
        case .truncate: ("truncate", "chunked body cut in half, then closed")
        case .shortlength: ("shortlength", "Content-Length half of the body's")
        case .longlength: ("longlength", "Content-Length 64 bytes too large, then closed")
        case .hugebody: ("hugebody:MB", "chunked body of so many megabytes")
        case .hugeheaders: ("hugeheaders:KB", "so many kilobytes of headers")
        case .reset: ("reset", "TCP reset instead of a reply")
        case .resetbody: ("resetbody", "TCP reset after half the body")
        case .empty: ("empty", "closes without a reply")
        case .status: ("status:NNN", "that status with the provider's error body")
        case .rateLimited: ("429:SECONDS", "429 with Retry-After in seconds")
        case .rateLimitedUntil: ("429date:SECONDS", "429 with Retry-After as an HTTP date")
        case .rateLimitedLong: ("429huge:SECONDS", "429 with a Retry-After of a day")
        case .quota: ("quota", "429 insufficient_quota: no retry helps")
        case .badjson: ("badjson", "200 with JSON that stops in the middle")
        case .html200: ("html200", "200 with an HTML page")
        case .midstreamerror: ("midstreamerror", "200, then an error object (in the stream)")
        case .nul: ("nul", "text with the escape \\u0000")
        case .surrogate: ("surrogate", "text with a lone \\ud800 escape")
        case .invalidutf8: ("invalidutf8", "text with bytes that are not UTF-8")
        case .overflow: ("overflow", "the number 1e999999 in JSON content")
        case .deep: ("deep:N", "JSON content nested N deep")
        case .nousage: ("nousage", "no usage object")
        case .negativeusage: ("negativeusage", "negative token counts")
        case .hugeusage: ("hugeusage", "token counts beyond 32 bits")
        case .contentfilter: ("contentfilter", "finish_reason content_filter, no text")
        case .refusal: ("refusal", "a refusal in place of content")
        case .length: ("length", "finish_reason length, content cut in half")
        }
    }

    /// All faults, a line each, for `--help`.
    static var listing: String {
        let width = allCases.map { $0.help.usage.count }.max() ?? 0
        return allCases.map { kind in
            let (usage, text) = kind.help
            let padding = String(repeating: " ", count: width - usage.count + 2)
            let number = kind.defaultNumber.map { " [\($0)]" } ?? ""
            return "  \(usage)\(padding)\(text)\(number)"
        }.joined(separator: "\n")
    }
}
