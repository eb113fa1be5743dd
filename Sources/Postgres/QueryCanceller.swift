import CLibPQ
import EventLoop

/// Cancels the statement under way on a connection, once, when its deadline passes or its task is
/// cancelled; when the server does not answer that within the grace time, the connection is shut.
///
/// Unchecked `Sendable`: used on the loop's thread only; what other threads hold they hand back to
/// the loop.
final class QueryCanceller: @unchecked Sendable {
    /// How long a server may take to answer after a cancel request.
    static let grace: Duration = .seconds(5)

    private let wire: Wire
    private let context: String
    private let outcomeUnknown: Bool
    private(set) var reason: PostgresError.Code?
    private var isOver = false
    private var isRequesting = false
    private var graceTimer: EventLoop.Timer?
    private var waiter: CheckedContinuation<Void, Never>?

    init(_ wire: Wire, context: String, outcomeUnknown: Bool) {
        self.wire = wire
        self.context = context
        self.outcomeUnknown = outcomeUnknown
    }

    /// Asks the server to cancel. On the loop; after `finish` or a first call it does nothing.
    func interrupt(_ code: PostgresError.Code) {
        wire.loop.checkIsolated()
        guard !isOver, reason == nil, let connection = wire.connection else { return }
        reason = code
        graceTimer = wire.loop.schedule(after: Self.grace) { [self] in abandon() }
        guard let cancel = PQgetCancel(connection) else { return }
        isRequesting = true
        nonisolated(unsafe) let request = cancel
        let loop = wire.loop
        // PQcancel opens a connection of its own and blocks until the server has acted on it.
        let started = ThrowawayThread.run(named: "pg-cancel") {
            var message = [CChar](repeating: 0, count: 256)
            PQcancel(request, &message, Int32(message.count))
            PQfreeCancel(request)
            loop.execute { self.requested() }
        }
        if !started {
            PQfreeCancel(cancel)
            isRequesting = false
        }
    }

    /// Ends the interruptible time, and waits for a request that is on its way: it must not hit the
    /// next statement.
    func finish() async {
        isOver = true
        if isRequesting && wire.isUsable { await withCheckedContinuation { waiter = $0 } }
        graceTimer?.cancel()
        graceTimer = nil
    }

    private func requested() {
        isRequesting = false
        resume()
    }

    private func abandon() {
        wire.shut(
            PostgresError(
                reason ?? .connection, "no answer to a cancel request; connection given up",
                context: context, outcomeUnknown: outcomeUnknown))
        resume()
    }

    private func resume() {
        guard let waiter else { return }
        self.waiter = nil
        waiter.resume()
    }
}
