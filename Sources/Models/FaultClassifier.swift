import Journal

/// What an error answer means for the job: the provider's code decides before the status.
///
/// A 429 is two things: a temporary limit, or an account out of credit, which no waiting mends. The
/// status alone does not tell them apart, the code does.
struct FaultClassifier {
    var failureClass: FailureClass
    /// Whether another attempt may help at all.
    var isPermanent: Bool

    init(_ fault: ProviderFault, status: Int, shouldRetry: Bool?) {
        if let decisive = Self.decisive(fault) {
            failureClass = decisive
            isPermanent = Self.isPermanent(decisive)
            // The header may stop a retry, but not ask for one against a code.
            if shouldRetry == false { isPermanent = true }
            return
        }
        failureClass = Self.byStatus(status)
        isPermanent = Self.isPermanent(failureClass) || (300..<400).contains(status)
        guard let shouldRetry, failureClass != .quota else { return }
        if shouldRetry, isPermanent { failureClass = .provider }
        isPermanent = !shouldRetry
    }

    private static func decisive(_ fault: ProviderFault) -> FailureClass? {
        for code in fault.codes {
            if let known = byCode[code] { return known }
        }
        // Gateways flatten the code to a number, and the real one survives only in the text.
        guard fault.code == nil, let message = fault.message else { return nil }
        let text = String(message.prefix(4000))
        for (phrase, failureClass) in byPhrase where text.contains(phrase) { return failureClass }
        return nil
    }

    private static func byStatus(_ status: Int) -> FailureClass {
        switch status {
        case 401, 402, 403: .quota
        case 413: .contextLength
        case 429: .rateLimited
        case 408, 409, 425: .provider
        case 400..<500: .invalidPayload
        default: .provider
        }
    }

    private static func isPermanent(_ failureClass: FailureClass) -> Bool {
        switch failureClass {
        case .quota, .contextLength, .contentPolicy, .invalidPayload: true
        default: false
        }
    }

    private static let byCode: [String: FailureClass] = [
        // The account: no credit, a spend limit met, or the key refused.
        "insufficient_quota": .quota, "credit_balance_exhausted": .quota,
        "organization_spend_limit_exceeded": .quota, "project_spend_limit_exceeded": .quota,
        "organization_usage_limit_exceeded": .quota, "enforced_spend_limit_reached": .quota,
        "billing_hard_limit_reached": .quota, "billing_not_active": .quota,
        "billing_error": .quota, "invalid_api_key": .quota, "authentication_error": .quota,
        "permission_error": .quota, "account_deactivated": .quota,
        // LiteLLM without a database answers a wrong key with a 400 of this code.
        "no_db_connection": .quota,
        // The size of the request.
        "context_length_exceeded": .contextLength, "request_too_large": .contextLength,
        "string_above_max_length": .contextLength,
        // Its content.
        "content_filter": .contentPolicy, "content_policy_violation": .contentPolicy,
        "ResponsibleAIPolicyViolation": .contentPolicy, "bio_policy": .contentPolicy,
        "invalid_prompt": .contentPolicy, "image_content_policy_violation": .contentPolicy,
        // Temporary limits.
        "rate_limit_exceeded": .rateLimited, "slow_down": .rateLimited,
        "rate_limit_error": .rateLimited,
        // Faults of the provider.
        "server_error": .provider, "overloaded_error": .provider, "api_error": .provider,
        "timeout_error": .provider, "conflict_error": .provider,
        "vector_store_timeout": .provider,
        // The request itself.
        "model_not_found": .invalidPayload, "not_found_error": .invalidPayload,
        "data_residency_mismatch": .invalidPayload, "DeploymentNotFound": .invalidPayload,
    ]

    /// Words by which a flattened error is known, the permanent ones first.
    private static let byPhrase: [(String, FailureClass)] = [
        ("insufficient_quota", .quota), ("credit_balance_exhausted", .quota),
        ("spend_limit_exceeded", .quota), ("usage_limit_exceeded", .quota),
        ("enforced_spend_limit_reached", .quota), ("invalid_api_key", .quota),
        ("context_length_exceeded", .contextLength), ("ContextWindowExceeded", .contextLength),
        ("maximum context length", .contextLength),
        ("ContentPolicyViolation", .contentPolicy),
        ("ResponsibleAIPolicyViolation", .contentPolicy),
        ("content_filter_policy", .contentPolicy),
        // Anthropic, whose only code for a bad request is `invalid_request_error`.
        ("credit balance is too low", .quota), ("prompt is too long", .contextLength),
        ("exceed context limit", .contextLength),
        ("blocked by content filtering policy", .contentPolicy),
    ]
}
