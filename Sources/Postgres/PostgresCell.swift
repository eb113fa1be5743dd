/// One non-NULL value of a result, borrowed for the time of its decoding.
public struct PostgresCell {
    /// The value's PostgreSQL type.
    let type: UInt32
    /// The value in PostgreSQL's binary format.
    let bytes: UnsafeRawBufferPointer
    /// The column's name, for errors.
    let column: String

    /// The error of a value that is not what was asked for.
    func mismatch(_ wanted: String) -> PostgresError {
        PostgresError(
            .decoding, "column \"\(column)\" (type \(type)) cannot be read as \(wanted)",
            hint: "cast it in the statement", context: "decode")
    }
}
