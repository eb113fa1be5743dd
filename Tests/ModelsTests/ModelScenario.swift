import Journal
import Testing

/// The events every provider meets.
enum ModelScenario: String, CaseIterable, Sendable {
    case text, toolCalls, refusal, cutAtLimit, noUsage
    /// A temporary 429 that asks to wait two seconds.
    case rateLimited
    case outOfCredit, keyRefused, contextTooLong, contentFiltered, overloaded
    /// A refusal that quotes the prompt and the key.
    case quotation
    case page, truncated, reset, hang
    /// A stream that breaks off after "Hello"; without streaming a plain reply.
    case cutStream

    /// What a failed call must look like.
    struct Failure: Sendable, CustomTestStringConvertible {
        var scenario: ModelScenario
        var failureClass: FailureClass
        var spend: Spend
        var isPermanent = false
        var retryAfter: Duration?
        var testDescription: String { scenario.rawValue }
    }

    static let failures = [
        Failure(
            scenario: .rateLimited, failureClass: .rateLimited, spend: .none,
            retryAfter: .seconds(2)),
        Failure(scenario: .outOfCredit, failureClass: .quota, spend: .none, isPermanent: true),
        Failure(scenario: .keyRefused, failureClass: .quota, spend: .none, isPermanent: true),
        Failure(
            scenario: .contextTooLong, failureClass: .contextLength, spend: .none,
            isPermanent: true),
        Failure(
            scenario: .contentFiltered, failureClass: .contentPolicy, spend: .none,
            isPermanent: true),
        Failure(scenario: .overloaded, failureClass: .provider, spend: .none),
        Failure(
            scenario: .quotation, failureClass: .invalidPayload, spend: .none, isPermanent: true),
        Failure(scenario: .page, failureClass: .provider, spend: .unknown),
        Failure(scenario: .truncated, failureClass: .transport, spend: .unknown),
        Failure(scenario: .reset, failureClass: .transport, spend: .unknown),
        Failure(scenario: .hang, failureClass: .timeout, spend: .unknown),
    ]
}
