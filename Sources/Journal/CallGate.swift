/// What a call passes before it is made, and what hears how it ended: the limits of its provider.
public protocol CallGate: Sendable {
    /// Returns when the call may be made, which takes a short time at most; throws a `Suspension`
    /// when that is not soon, and `CancellationError` when the run is stopped meanwhile.
    ///
    /// What was admitted is reported to one of the others, once.
    func admit(_ intent: CallIntent) async throws -> CallPermit

    /// The call was answered; the report is what its headers said.
    func answered(_ permit: CallPermit, limits: RateLimitReport?) async

    /// The call failed. The answer is thrown in the place of the error: when the provider refused
    /// the call for a limit, the job, whose number is `job`, is held until that is over.
    func failed(_ permit: CallPermit, with error: any Error, job: Int64) async -> Suspension?

    /// The call was not made after all.
    func withdrawn(_ permit: CallPermit) async
}
