import Postgres

/// The commits that the journals of one worker share: concurrent runs then pay for one flush of the
/// log together, and for one statement.
public struct JournalCommits: Sendable {
    let group: PostgresGroupCommit<JournalWrite>

    public init(_ pool: PostgresPool) {
        // Two lanes keep one busy while the other's flush is under way.
        group = PostgresGroupCommit(
            pool, lanes: 2, largestGroup: 50, deadline: AttemptJournal.answerDeadline)
    }
}
