import CLibPQ
import Glibc
import Synchronization

/// Collects the one kind of notice that changes what an answer means.
///
/// When a commit's wait for a synchronous standby is cancelled, the server reports success with
/// only a WARNING that the transaction is committed locally (syncrep.c, SyncRepWaitForLSN): its
/// durability is unknown. The warning is recognised by its source function, because messages are
/// translated.
final class NoticeBox: Sendable {
    private let durabilityWarning = Mutex<String?>(nil)

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
        guard field(CLIBPQ_DIAG_SOURCE_FUNCTION) == "SyncRepWaitForLSN" else { return }
        let message = field(CLIBPQ_DIAG_MESSAGE) ?? "the wait for a synchronous standby was cancelled"
        durabilityWarning.withLock { $0 = message }
    }
}
