/// The rows of one statement's result; they stay in libpq's memory and are decoded when read.
public struct PostgresRows: Sendable, RandomAccessCollection {
    let result: ResultHandle
    /// Rows inserted, updated, deleted, selected or copied.
    public let affected: Int

    init(_ result: ResultHandle) {
        self.result = result
        affected = result.affected
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { result.rowCount }

    public subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "row \(position) of \(count)")
        return PostgresRow(result: result, index: Int32(position))
    }
}
