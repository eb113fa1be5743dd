import CLibPQ
import Glibc
import Synchronization

/// Collects the two kinds of notice that matter here.
///
/// A FATAL error that libpq meets between commands, or after it has seen the end of the input, comes
/// as a notice: the server's last words.
///
/// When a commit's wait for a synchronous standby is cancelled, the server reports success with
/// only a WARNING that the transaction is committed locally (syncrep.c, SyncRepWaitForLSN): its
/// durability is unknown. The warning is recognised by its source function, because messages are
/// translated.
final class NoticeBox: Sendable {
    struct LastWords: Sendable {
        let sqlState: String
        let message: String
    }

    private let durabilityWarning = Mutex<String?>(nil)
    private let fatal = Mutex<LastWords?>(nil)

    /// Why the server ended the session, if it said so in a notice.
    var lastWords: LastWords? { fatal.withLock { $0 } }

    /// Called by libpq while it parses input.
    static let receiver: PQnoticeReceiver = { context, result in
        guard let context, let result else { return }
        Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue().receive(result)
    }

    /// The warning since the last call, if there was one.
    func takeDurabilityWarning() -> String? {
        durabilityWarning.withLock { warning in
            defer { warning = nil }
            return warning
        }
    }

    private func receive(_ result: OpaquePointer) {
        func field(_ code: Int32) -> String? {
            PQresultErrorField(result, code).map { String(cString: $0) }
        }
        if let severity = field(CLIBPQ_DIAG_SEVERITY), severity == "FATAL" || severity == "PANIC",
            let sqlState = field(CLIBPQ_DIAG_SQLSTATE)
        {
            let message = field(CLIBPQ_DIAG_MESSAGE) ?? "the server ended the session"
            fatal.withLock { $0 = LastWords(sqlState: sqlState, message: message) }
        }
        guard field(CLIBPQ_DIAG_SOURCE_FUNCTION) == "SyncRepWaitForLSN" else { return }
        let message =
            field(CLIBPQ_DIAG_MESSAGE) ?? "the wait for a synchronous standby was cancelled"
        durabilityWarning.withLock { $0 = message }
    }
}
