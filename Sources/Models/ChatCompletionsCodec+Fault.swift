import HTTP
import JSON
import Journal

extension ChatCompletionsCodec {
    /// The error an answer amounts to, by its code and status.
    func fault(_ answer: Answer) -> ModelError {
        let fault = ProviderFault(answer.value)
        let verdict = FaultClassifier(
            fault, status: answer.status, shouldRetry: Self.shouldRetry(answer.headers))
        return ModelError(
            verdict.failureClass, status: answer.status,
            providerCode: fault.innerCode ?? fault.code ?? fault.type,
            message: message(fault, verdict: verdict, answer: answer),
            retryAfter: RetryHint.delay(
                in: answer.headers, isRateLimit: verdict.failureClass == .rateLimited,
                now: answer.now),
            spend: Self.spend(answer, fault: fault), isPermanent: verdict.isPermanent)
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
    private static func spend(_ answer: Answer, fault: ProviderFault) -> Spend {
        if case .known(let usage) = answer.spendOfBrokenReply { return .known(usage) }
        switch answer.status {
        case 200..<300: return .unknown
        case 502, 504, 520..<529: return fault.isPresent ? .none : .unknown
        default: return .none
        }
    }

    private func message(
        _ fault: ProviderFault, verdict: FaultClassifier, answer: Answer
    ) -> String {
        var facts = ["HTTP \(answer.status)"]
        facts += fault.codes
        if let param = fault.param { facts.append("parameter \(param)") }
        let summary = "\(provider) \(Self.verb(verdict, answer)) (\(facts.joined(separator: ", ")))"
        guard let text = fault.message, !text.isEmpty,
            !PromptEcho.isQuoted(answer.request, in: text)
        else { return summary }
        return "\(summary): \(Redaction.singleLine(text))"
    }

    private static func verb(_ verdict: FaultClassifier, _ answer: Answer) -> String {
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
