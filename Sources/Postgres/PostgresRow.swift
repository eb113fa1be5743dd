import CLibPQ

/// One row of a result.
public struct PostgresRow: Sendable {
    let result: ResultHandle
    let index: Int32

    /// The value of `column`, by its exact name, which no other column of the result may have. Throws
    /// when it is NULL, of another type, or absent.
    public func decode<T: PostgresDecodable>(
        _ type: T.Type, _ column: String
    ) throws(PostgresError) -> T {
        guard let value = try decodeIfPresent(type, column) else {
            throw PostgresError(.decoding, "column \"\(column)\" is NULL", context: "decode")
        }
        return value
    }

    /// As `decode(_:_:)`, the type given by the context.
    public func decode<T: PostgresDecodable>(_ column: String) throws(PostgresError) -> T {
        try decode(T.self, column)
    }

    /// As `decode`, nil for NULL.
    public func decodeIfPresent<T: PostgresDecodable>(
        _ type: T.Type, _ column: String
    ) throws(PostgresError) -> T? {
        guard let field = result.column(column) else {
            throw PostgresError(.decoding, "no column \"\(column)\"", context: "decode")
        }
        guard PQgetisnull(result.pointer, index, field) == 0 else { return nil }
        guard PQfformat(result.pointer, field) == 1 else {
            throw PostgresError(
                .decoding, "column \"\(column)\" is not in binary", context: "decode")
        }
        let cell = PostgresCell(
            type: PQftype(result.pointer, field),
            bytes: UnsafeRawBufferPointer(
                start: PQgetvalue(result.pointer, index, field),
                count: Int(PQgetlength(result.pointer, index, field))),
            column: column)
        return try T(postgres: cell)
    }
}
