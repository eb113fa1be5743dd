import CLibPQ
import Glibc
import Synchronization

/// Owns a PGresult.
///
/// Unchecked `Sendable`: libpq fills a result before handing it out and never changes it; all
/// reading functions take it as const (libpq manual, "Behavior in Threaded Programs").
final class ResultHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    /// Where the next column is sought first: rows are mostly read in the order of their columns. A
    /// hint, so that nothing is lost when two threads read at once.
    private let likely = Atomic<Int32>(0)

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }

    var status: ExecStatusType { PQresultStatus(pointer) }
    var rowCount: Int { Int(PQntuples(pointer)) }

    /// Rows the command touched; 0 for commands that count none.
    var affected: Int {
        guard let text = PQcmdTuples(pointer) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    /// What the server says it did, such as `COMMIT`.
    var commandTag: String {
        PQcmdStatus(pointer).map { String(cString: $0) } ?? ""
    }

    /// The column's index, by exact name.
    func column(_ name: String) -> Int32? {
        let count = PQnfields(pointer)
        let likely = likely.load(ordering: .relaxed)
        return name.withCString { wanted in
            for offset in 0..<count {
                let index = (likely + offset) % count
                guard strcmp(PQfname(pointer, index), wanted) == 0 else { continue }
                self.likely.store((index + 1) % count, ordering: .relaxed)
                return index
            }
            return nil
        }
    }

    /// Whether this error is the session's end: the server's own, or libpq's, which has no code.
    var endsSession: Bool {
        guard status == PGRES_FATAL_ERROR else { return false }
        let severity = field(CLIBPQ_DIAG_SEVERITY)
        return severity == nil || severity == "FATAL" || severity == "PANIC"
    }

    /// The error this result carries.
    func error(context: String, outcomeUnknown: Bool) -> PostgresError {
        guard let sqlState = field(CLIBPQ_DIAG_SQLSTATE) else {
            let text = PQresultErrorMessage(pointer).map { String(cString: $0) } ?? ""
            return PostgresError(
                .connection, PostgresError.firstLine(text), context: context,
                outcomeUnknown: outcomeUnknown)
        }
        return PostgresError(
            .server(sqlState: sqlState), field(CLIBPQ_DIAG_MESSAGE) ?? "no message",
            hint: field(CLIBPQ_DIAG_HINT), context: context,
            constraint: field(CLIBPQ_DIAG_CONSTRAINT), copyRow: copyRow,
            outcomeUnknown: outcomeUnknown)
    }

    /// The row of a COPY that the server refused, from its "COPY jobs, line 12"; what follows in that
    /// text may be data and is left there.
    private var copyRow: Int? {
        guard let text = field(CLIBPQ_DIAG_CONTEXT), text.hasPrefix("COPY "),
            let start = text.firstRange(of: ", line ")?.upperBound
        else { return nil }
        return Int(text[start...].prefix { $0.isASCII && $0.isNumber })
    }

    func field(_ code: Int32) -> String? {
        PQresultErrorField(pointer, code).map { String(cString: $0) }
    }
}
