/// What a scenario puts up to be measured.
struct Contest: Sendable {
    /// Measured in this order, turn by turn.
    var contestants: [Contestant]
    var goals: [Goal]
    /// What a reader of the table must know: sizes, published figures of peers that cannot be
    /// installed here.
    var notes: [String] = []
    /// Peers that could not be put up, and why.
    var absent: [String] = []
    var finish: @Sendable () async -> Void = {}
}
