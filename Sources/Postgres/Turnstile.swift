import EventLoop
import Synchronization

/// A first-in, first-out lock for tasks: who waits can be cancelled, or give up at a deadline.
final class Turnstile: Sendable {
    private struct State {
        var isTaken = false
        var isClosed = false
        var waiters = WaiterQueue<Void>()
    }

    private let loop: EventLoop
    private let state = Mutex(State())

    init(loop: EventLoop) {
        self.loop = loop
    }

    /// Whether someone has the turn.
    var isTaken: Bool { state.withLock { $0.isTaken } }

    /// Waits for the turn. Every return must be followed by one `leave`.
    func enter(deadline: Duration?, context: String) async throws(PostgresError) {
        let id: UInt64? = state.withLock { state in
            if state.isTaken || state.isClosed { return state.waiters.makeID() }
            state.isTaken = true
            return nil
        }
        guard let id else { return }
        let timer = deadline.map { deadline in
            loop.schedule(after: deadline) { [weak self] in self?.refuse(id, .deadline, context) }
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { wait(id, $0, context) }
        } onCancel: {
            refuse(id, .cancelled, context)
        }
        timer?.cancel()
        state.withLock { $0.waiters.forget(id) }
        try answer.get()
    }

    /// Passes the turn to the longest waiting.
    func leave() {
        let next = state.withLock { state in
            let next = state.waiters.popFirst()
            state.isTaken = next != nil
            return next
        }
        next?.resume(returning: .success(()))
    }

    /// Refuses who waits and whoever comes.
    func close(context: String) {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.waiters.removeAll()
        }
        for waiter in waiters { waiter.resume(returning: .failure(Self.refusal(.closed, context))) }
    }

    private func wait(
        _ id: UInt64, _ continuation: WaiterQueue<Void>.Continuation, _ context: String
    ) {
        let answer: WaiterQueue<Void>.Answer? = state.withLock { state in
            if state.isClosed { return .failure(Self.refusal(.closed, context)) }
            if !state.isTaken {
                state.isTaken = true
                return .success(())
            }
            return state.waiters.append(id, continuation)
        }
        if let answer { continuation.resume(returning: answer) }
    }

    private func refuse(_ id: UInt64, _ code: PostgresError.Code, _ context: String) {
        let error = Self.refusal(code, context)
        let waiter = state.withLock { $0.waiters.refuse(id, error) }
        waiter?.resume(returning: .failure(error))
    }

    private static func refusal(_ code: PostgresError.Code, _ context: String) -> PostgresError {
        let message =
            code == .closed ? "the connection was closed" : "gave up waiting for the connection"
        return PostgresError(code, message, context: context)
    }
}
