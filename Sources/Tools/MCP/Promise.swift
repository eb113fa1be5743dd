import EventLoop
import Synchronization

/// A value that several tasks wait for, each with its own deadline and its own cancellation.
final class Promise<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, MCPFault>

    private struct State {
        var outcome: Outcome?
        var waiters: [Int: CheckedContinuation<Outcome, Never>] = [:]
        /// Of waiters whose deadline or cancellation came before they waited.
        var early: [Int: Outcome] = [:]
        var lastTicket = 0
    }

    private let state = Mutex(State())

    /// Whether there is an outcome.
    var isFulfilled: Bool { state.withLock { $0.outcome != nil } }

    /// Gives everybody the outcome; only the first counts.
    func fulfil(_ outcome: Outcome) {
        let waiters = state.withLock { state in
            guard state.outcome == nil else { return [CheckedContinuation<Outcome, Never>]() }
            state.outcome = outcome
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
    }

    /// The outcome, `.timeout` at the deadline or `.cancelled` with the calling task; the loop keeps
    /// the time.
    func value(
        until deadline: ContinuousClock.Instant, on loop: EventLoop
    ) async throws(MCPFault) -> Value {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        let timer = loop.schedule(after: deadline - .now) { self.end(ticket, .timeout) }
        defer { timer.cancel() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { enrol($0, ticket) }
        } onCancel: {
            end(ticket, .cancelled)
        }
        return try outcome.get()
    }

    private func enrol(_ waiter: CheckedContinuation<Outcome, Never>, _ ticket: Int) {
        let outcome = state.withLock { state in
            let outcome = state.outcome ?? state.early.removeValue(forKey: ticket)
            if outcome == nil { state.waiters[ticket] = waiter }
            return outcome
        }
        if let outcome { waiter.resume(returning: outcome) }
    }

    private func end(_ ticket: Int, _ fault: MCPFault) {
        let waiter = state.withLock { state in
            if let waiter = state.waiters.removeValue(forKey: ticket) { return waiter as Optional }
            if state.outcome == nil { state.early[ticket] = .failure(fault) }
            return nil
        }
        waiter?.resume(returning: .failure(fault))
    }
}
