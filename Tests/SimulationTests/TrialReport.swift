/// What one seed came to.
struct TrialReport: Sendable {
    let seed: UInt64
    let jobs: Int
    let attempts: Int
    /// Statements, crashes and other faults that struck, by name.
    let faults: [String: Int]
    let violations: [String]
    /// Runs that their own worker's late maintenance took back.
    let ownTaken: Int
    /// Pieces of tasks that ran.
    let hops: Int
    /// The same for the same seed.
    let trace: UInt64
    /// Virtual time.
    let time: Duration
}
