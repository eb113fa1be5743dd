/// What one caller of a `PostgresGroupCommit` wants done.
public protocol PostgresGroupWork: Sendable {
    associatedtype Answer: Sendable

    /// Groups lock in this order, such as the id of the job whose row is locked first: two groups
    /// that share rows then wait for each other instead of deadlocking.
    var order: Int64 { get }

    /// The statements that do the work of a whole group. They must not begin or end a transaction.
    static func commands(of group: [Self]) -> [PostgresCommand]

    /// Each one's answer, from what those statements gave.
    static func answers(
        to group: [Self], in results: [PostgresRows]
    ) throws(PostgresError) -> [Answer]
}
