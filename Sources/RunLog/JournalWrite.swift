import Postgres

/// What a run commits before it goes on: a row of its journal, what else belongs to the same
/// transaction, or both. The rows of a group are written by one statement, which locks their jobs.
struct JournalWrite: PostgresGroupWork {
    struct Answer: Sendable {
        /// Of the row; nil without one.
        var written: RunSteps.Written?
        /// Of each of the commands.
        var rows: [PostgresRows]
    }

    /// The job's id.
    let order: Int64
    var row: RunSteps.Row?
    var commands: [PostgresCommand] = []

    static func commands(of group: [JournalWrite]) -> [PostgresCommand] {
        let rows = group.compactMap(\.row)
        return (rows.isEmpty ? [] : [RunSteps.write(rows)]) + group.flatMap(\.commands)
    }

    static func answers(
        to group: [JournalWrite], in results: [PostgresRows]
    ) throws(PostgresError) -> [Answer] {
        var results = results[...]
        var written: ArraySlice<RunSteps.Written> = []
        if group.contains(where: { $0.row != nil }), let first = results.popFirst() {
            written = try RunSteps.written(first)[...]
        }
        return group.map { write in
            let rows = Array(results.prefix(write.commands.count))
            results = results.dropFirst(rows.count)
            return Answer(written: write.row == nil ? nil : written.popFirst(), rows: rows)
        }
    }
}
