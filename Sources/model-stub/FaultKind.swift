/// Every fault the stub can produce. A new one is a case, its line of help and its place in
/// `Delivery+Fault`, `Completion+Fault` or `HTTPReply+Fault`.
enum FaultKind: String, CaseIterable {
    // The wire
    case latency, hang, hangbody, drip, truncate, shortlength, longlength
    case hugebody, hugeheaders, reset, resetbody, empty
    // The status and the body as a whole
    case status
    case rateLimited = "429"
    case rateLimitedUntil = "429date"
    case rateLimitedLong = "429huge"
    case quota, badjson, html200, midstreamerror
    // The content of a good reply
    case nul, surrogate, invalidutf8, overflow, deep
    case nousage, negativeusage, hugeusage, contentfilter, refusal, length

    /// Where a fault is applied.
    enum Layer {
        /// To the bytes and the connection.
        case wire
        /// In place of the reply.
        case reply
        /// Inside an otherwise good reply.
        case content
    }

    var layer: Layer {
        switch self {
        case .latency, .hang, .hangbody, .drip, .truncate, .shortlength, .longlength, .hugebody,
            .hugeheaders, .reset, .resetbody, .empty:
            .wire
        case .status, .rateLimited, .rateLimitedUntil, .rateLimitedLong, .quota, .badjson,
            .html200, .midstreamerror:
            .reply
        case .nul, .surrogate, .invalidutf8, .overflow, .deep, .nousage, .negativeusage,
            .hugeusage, .contentfilter, .refusal, .length:
            .content
        }
    }

    /// The number used when the name stands alone; nil when the fault takes none.
    var defaultNumber: Int? {
        switch self {
        case .latency: 1_000
        case .drip: 20
        case .status: 500
        case .rateLimited: 1
        case .rateLimitedUntil: 2
        case .rateLimitedLong: 86_400
        case .deep: 200_000
        case .hugebody: 64
        case .hugeheaders: 1_024
        default: nil
        }
    }
}
