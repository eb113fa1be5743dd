import FoundationEssentials
import HTTP
import JSON
import Journal

/// A whole answer of a provider on its way through a codec.
struct ProviderAnswer {
    /// The provider's name in replies and messages.
    let provider: String
    let status: Int
    let headers: HTTPHeaders
    /// Of the body, in bytes.
    let size: Int
    /// The body; nil when it is not JSON.
    let value: JSONValue?
    let request: ChatRequest
    /// When the answer came.
    let now: Date

    init(
        provider: String, status: Int, headers: HTTPHeaders, body: [UInt8], request: ChatRequest,
        now: Date = Date()
    ) {
        self.init(
            provider: provider, status: status, headers: headers, size: body.count,
            value: LenientBody.parse(body), request: request, now: now)
    }

    /// An answer whose body was put together from a stream.
    init(
        provider: String, status: Int, headers: HTTPHeaders, size: Int, value: JSONValue?,
        request: ChatRequest, now: Date
    ) {
        self.provider = provider
        self.status = status
        self.headers = headers
        self.size = size
        self.value = value
        self.request = request
        self.now = now
    }

    var isSuccess: Bool { (200..<300).contains(status) }

    var rateLimits: RateLimitReport? { RateLimitReport(headers, now: now) }

    /// The provider's id of the request: `x-request-id`, at Anthropic `request-id`.
    var requestID: String? {
        Self.identifier(headers["x-request-id"] ?? headers["request-id"])
    }

    /// The spend of a call that failed although the server worked on it.
    func spendOfBrokenReply(_ convention: UsageNormalizer.Convention) -> Spend {
        guard value?["usage"]?.objectValue != nil else { return .unknown }
        return .known(usage(as: convention, estimatedOutput: 0))
    }

    /// What the answer says it used, an estimate where it does not say. OpenAI names the tier beside
    /// the usage, Anthropic in it.
    func usage(as convention: UsageNormalizer.Convention, estimatedOutput: Int) -> CallUsage {
        var usage = UsageNormalizer.normalize(
            value?["usage"], as: convention, estimatedInput: request.estimatedInputTokens,
            estimatedOutput: estimatedOutput)
        usage.serviceTier = Self.identifier(
            value?["service_tier"]?.stringValue ?? value?["usage"]?["service_tier"]?.stringValue)
        return usage
    }

    /// The error of a 2xx answer that is no reply.
    func broken(_ what: String, _ convention: UsageNormalizer.Convention) -> ModelError {
        ModelError(
            .provider, status: status, providerCode: "unusable_reply",
            message: "\(provider) gave an unusable reply: \(what)",
            spend: spendOfBrokenReply(convention), rateLimits: rateLimits)
    }

    /// A name for the records: a longer one is none.
    static func identifier(_ text: String?) -> String? {
        guard let text, (1...200).contains(text.utf8.count) else { return nil }
        return text
    }
}
