/// What became of a settlement.
public struct Settled: Sendable, Hashable {
    public let verdict: Verdict
    /// What the attempt used, as the ledger has it.
    public let totalTokens: Int64

    public init(verdict: Verdict, totalTokens: Int64) {
        self.verdict = verdict
        self.totalTokens = totalTokens
    }
}

/// The database's answer to a settlement.
public enum Verdict: String, Sendable {
    /// Settled now, with all its records.
    case done
    /// Settled before: the acknowledgement was lost.
    case already
    /// The job was taken back meanwhile: nothing was recorded.
    case lost
}
