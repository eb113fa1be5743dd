/// A gate that is always open and forgets what it hears.
public struct OpenGate: CallGate {
    public init() {}

    public func admit(_ intent: CallIntent) async throws -> CallPermit {
        CallPermit(provider: intent.provider, model: intent.model, tokens: 0)
    }

    public func answered(_ permit: CallPermit, limits: RateLimitReport?) async {}

    public func failed(
        _ permit: CallPermit, with error: any Error, job: Int64
    ) async -> Suspension? { nil }

    public func withdrawn(_ permit: CallPermit) async {}
}
