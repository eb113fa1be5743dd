/// What a scenario puts up to be measured.
struct Contest: Sendable {
    /// Measured in this order, turn by turn.
    var contestants: [Contestant]
    var goals: [Goal]
    /// How many turns each has in a repetition: more where the goal lies closer to 1 than one turn
    /// lies to the next on a machine that is not alone.
    var turns = 1
    /// What a reader of the table must know: sizes, published figures of peers that cannot be
    /// installed here.
    var notes: [String] = []
    /// Peers that could not be put up, and why.
    var absent: [String] = []
    var finish: @Sendable () async -> Void = {}
}
