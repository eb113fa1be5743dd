/// What a failed call cost.
public enum Spend: Sendable, Hashable {
    /// Certainly nothing: refused, or never sent.
    case none
    /// Sent, and the answer lost: perhaps billed. The ledger keeps the estimate.
    case unknown
    /// The failure came with its usage.
    case known(CallUsage)
}

/// An error of a model call that says what it cost and how the ledger names it.
public protocol SpendReporting: Error {
    var spend: Spend { get }
    /// A short code for `token_usage.error_code`.
    var ledgerCode: String { get }
    /// A scrubbed message for `token_usage.error_message`: no prompt, no key.
    var ledgerMessage: String { get }
}
