import CLibPQ
import EventLoop
import Synchronization

/// Owns a PGconn and its socket's place on the event loop: waiting, reading results, closing.
///
/// Unchecked `Sendable`: everything but `isUsable`, `isIdle` and `deinit` is used on the loop's
/// thread only (by the actor pinned to it and by the loop's handlers); `checkIsolated` guards the
/// entries that other threads could reach.
final class Wire: @unchecked Sendable {
    enum Answer {
        case result(ResultHandle)
        case endOfCommand
        /// `failure` tells why.
        case broken
    }

    let loop: EventLoop
    let notices = NoticeBox()
    /// Why the connection is no more.
    private(set) var failure: PostgresError?
    /// Called with channel and payload.
    var onNotification: ((String, String) -> Void)?
    var onShut: ((PostgresError) -> Void)?

    private(set) var connection: OpaquePointer?
    private let socket: Int32
    private var interest: EventLoop.Interest = []
    private var waiter: CheckedContinuation<Void, Never>?
    /// Between `begin` and `rest`: results belong to a command, and so does the connection's end.
    private var isInCommand = false
    private(set) var inputHasEnded = false
    private let usable = Atomic(true)
    private let idle = Atomic(true)

    /// Takes over an established connection. On the loop.
    init(_ connection: OpaquePointer, loop: EventLoop) {
        loop.checkIsolated()
        self.loop = loop
        self.connection = connection
        socket = PQsocket(connection)
        PQsetnonblocking(connection, 1)
        PQsetNoticeReceiver(
            connection, NoticeBox.receiver, Unmanaged.passUnretained(notices).toOpaque())
        watch(.read)
    }

    deinit {
        guard let connection else { return }
        // The last reference may go on any thread; the socket leaves the loop before it is closed.
        // The notice receiver's context lives until then.
        Wire.dispose(connection, socket, notices, on: loop)
    }

    /// False once the connection is known to be broken or closed.
    var isUsable: Bool { usable.load(ordering: .acquiring) }

    /// Whether no transaction is open, as of the last finished statement.
    var isOutsideTransaction: Bool { idle.load(ordering: .acquiring) }

    /// Ends the connection for good; the first reason stays. Wakes who waits.
    func shut(_ reason: PostgresError) {
        loop.checkIsolated()
        guard let connection else { return }
        self.connection = nil
        failure = reason
        usable.store(false, ordering: .releasing)
        Wire.unwatch(connection, socket, on: loop)
        PQfinish(connection)
        wakeUp()
        onNotification = nil
        let notify = onShut
        onShut = nil
        notify?(reason)
    }

    /// A command is about to be sent.
    func begin() {
        isInCommand = true
    }

    /// Back to watching for what an idle connection may receive: notifications, and its end.
    func rest() {
        isInCommand = false
        guard let connection else { return }
        guard !inputHasEnded, PQsocket(connection) == socket else { return endIdle(connection) }
        idle.store(PQtransactionStatus(connection) == PQTRANS_IDLE, ordering: .releasing)
        watch(.read)
        deliverNotifications()
    }

    /// Sends what libpq has buffered, reading meanwhile so that neither side blocks the other.
    /// False when the connection is no more.
    func flush() async -> Bool {
        while let connection {
            // A failure is found by the reader, with the server's last words.
            guard PQflush(connection) == 1, !inputHasEnded else { return true }
            await wait(for: [.read, .write])
        }
        return false
    }

    /// The next result of the commands under way.
    func next(context: String, outcomeUnknown: Bool) async -> Answer {
        while let connection, PQisBusy(connection) != 0 {
            guard !inputHasEnded else {
                return lose(context: context, outcomeUnknown: outcomeUnknown)
            }
            await wait(for: .read)
        }
        guard let connection else { return .broken }
        guard let pointer = PQgetResult(connection) else {
            guard PQstatus(connection) != CONNECTION_BAD else {
                return lose(context: context, outcomeUnknown: outcomeUnknown)
            }
            return .endOfCommand
        }
        let result = ResultHandle(pointer)
        // Results that came before the end are still to be had after it.
        if result.endsSession {
            guard result.field(CLIBPQ_DIAG_SQLSTATE) != nil else {
                return lose(context: context, outcomeUnknown: outcomeUnknown)
            }
            shut(result.error(context: context, outcomeUnknown: outcomeUnknown))
            return .broken
        }
        return .result(result)
    }

    /// Waits until there is room to write (if wanted) or a whole result to read, or the connection
    /// is no more.
    private func wait(for wanted: EventLoop.Interest) async {
        guard let connection else { return }
        // libpq closes the socket itself when a send meets its end; the number may be another's by now.
        guard PQsocket(connection) == socket, watch(wanted) else {
            inputHasEnded = true
            return
        }
        await withCheckedContinuation { waiter = $0 }
    }

    /// The connection was lost in mid-command: shuts it with the server's last words, else libpq's.
    @discardableResult
    func lose(context: String, outcomeUnknown: Bool) -> Answer {
        guard let connection else { return .broken }
        var reason = farewell(connection, context, outcomeUnknown)
        // The end of input may have come right after a FATAL message. The count bounds the loop: a
        // lost pipeline answers each of its commands.
        var remaining = 64
        while remaining > 0, PQisBusy(connection) == 0, let pointer = PQgetResult(connection) {
            remaining -= 1
            let result = ResultHandle(pointer)
            guard result.field(CLIBPQ_DIAG_SQLSTATE) != nil else { continue }
            reason = result.error(context: context, outcomeUnknown: outcomeUnknown)
            break
        }
        shut(reason)
        return .broken
    }

    /// Why a connection that has reached its end did so.
    private func farewell(
        _ connection: OpaquePointer, _ context: String, _ outcomeUnknown: Bool
    ) -> PostgresError {
        // Makes libpq parse what has come, last words among it; they may clear the message.
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        _ = PQisBusy(connection)
        guard let words = notices.lastWords else {
            return PostgresError(
                .connection, PostgresError.firstLine(text), context: context,
                outcomeUnknown: outcomeUnknown)
        }
        return PostgresError(
            .server(sqlState: words.sqlState), words.message, context: context,
            outcomeUnknown: outcomeUnknown)
    }

    /// False when the socket cannot be watched any more.
    @discardableResult
    private func watch(_ wanted: EventLoop.Interest) -> Bool {
        guard interest != wanted else { return true }
        interest = wanted
        return loop.watch(socket, wanted) { [weak self] _ in self?.ready() } == 0
    }

    /// Ends the watch of a socket that is still this connection's own.
    private static func unwatch(_ connection: OpaquePointer, _ socket: Int32, on loop: EventLoop) {
        if PQsocket(connection) == socket { loop.unwatch(socket) }
    }

    private func wakeUp() {
        guard let waiter else { return }
        self.waiter = nil
        waiter.resume()
    }

    /// The socket is ready. Input is taken in here, at once: a woken task runs only some time later,
    /// and meanwhile the loop would find the socket readable again and again.
    private func ready() {
        guard let connection else { return }
        if PQconsumeInput(connection) == 0 {
            inputHasEnded = true
            interest = []
            loop.unwatch(socket)
        }
        guard isInCommand else {
            if inputHasEnded { return endIdle(connection) }
            return deliverNotifications()
        }
        guard waiter == nil else {
            // Part of a result is not worth waking for.
            if interest != .read || PQisBusy(connection) == 0 { wakeUp() }
            return
        }
        // Nobody waits for room to write any more; without this the loop would spin.
        if !interest.isEmpty { watch(.read) }
    }

    private func endIdle(_ connection: OpaquePointer) {
        shut(farewell(connection, "idle", false))
    }

    private func deliverNotifications() {
        while let connection, let notification = PQnotifies(connection) {
            let channel = String(cString: notification.pointee.relname)
            let payload = notification.pointee.extra.map { String(cString: $0) } ?? ""
            PQfreemem(notification)
            onNotification?(channel, payload)
        }
    }

    private static func dispose(
        _ connection: OpaquePointer, _ socket: Int32, _ notices: NoticeBox, on loop: EventLoop
    ) {
        nonisolated(unsafe) let connection = connection
        loop.execute {
            unwatch(connection, socket, on: loop)
            PQfinish(connection)
            withExtendedLifetime(notices) {}
        }
    }
}
