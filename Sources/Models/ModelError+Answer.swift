import HTTP
import JSON
import Journal

extension ModelError {
    /// The error an answer amounts to, by its code and status; the same for every provider.
    ///
    /// `spend` is what the call is known to have cost, when the answer says; else it is judged by
    /// the status.
    init(_ answer: ProviderAnswer, spend: Spend = .unknown) {
        let fault = ProviderFault(answer.value)
        let verdict = FaultClassifier(
            fault, status: answer.status, shouldRetry: Self.shouldRetry(answer.headers))
        let limits = answer.rateLimits
        self.init(
            verdict.failureClass, status: answer.status,
            providerCode: fault.innerCode ?? fault.code ?? fault.type,
            message: Self.message(fault, verdict: verdict, answer: answer),
            retryAfter: RetryHint.delay(
                in: answer.headers, isRateLimit: verdict.failureClass == .rateLimited,
                limits: limits, now: answer.now),
            spend: Self.spend(answer, fault: fault, stated: spend),
            isPermanent: verdict.isPermanent, rateLimits: limits)
    }

    private static func shouldRetry(_ headers: HTTPHeaders) -> Bool? {
        switch headers["x-should-retry"]?.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// A refused request costs nothing. A gateway's own page says nothing about what the server
    /// behind it did, and a broken 200 nothing about its bill.
    private static func spend(
        _ answer: ProviderAnswer, fault: ProviderFault, stated: Spend
    ) -> Spend {
        if case .known = stated { return stated }
        switch answer.status {
        case 200..<300: return .unknown
        case 502, 504, 520..<529: return fault.isPresent ? .none : .unknown
        default: return .none
        }
    }

    private static func message(
        _ fault: ProviderFault, verdict: FaultClassifier, answer: ProviderAnswer
    ) -> String {
        var facts = ["HTTP \(answer.status)"]
        facts += fault.codes
        if let param = fault.param { facts.append("parameter \(param)") }
        let summary =
            "\(answer.provider) \(verb(verdict, answer)) (\(facts.joined(separator: ", ")))"
        guard let text = fault.message, !text.isEmpty,
            !PromptEcho.isQuoted(answer.request, in: text)
        else { return summary }
        return "\(summary): \(Redaction.singleLine(text))"
    }

    private static func verb(_ verdict: FaultClassifier, _ answer: ProviderAnswer) -> String {
        switch verdict.failureClass {
        case .quota where [401, 403].contains(answer.status): "refused the key"
        case .quota: "reports the account out of credit or its key refused"
        case .rateLimited: "asks to slow down"
        case .contextLength: "cannot fit the request into the model's context"
        case .contentPolicy: "refused the request for its content"
        case .invalidPayload: "refused the request"
        default: "failed"
        }
    }
}
