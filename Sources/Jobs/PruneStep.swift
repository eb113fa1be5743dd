/// What one step of a sweep did.
public struct PruneStep: Sendable {
    public let table: String
    public let pruned: Int
    /// The end of the table was reached: its next sweep begins later.
    public let isSwept: Bool
}
