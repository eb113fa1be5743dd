import CEventLoop
import Synchronization

extension EventLoop {
    /// A scheduled body, fired at most once.
    public final class Timer: Sendable {
        let deadline: UInt64
        private let body: Mutex<(@Sendable () -> Void)?>

        init(deadline: UInt64, _ body: @escaping @Sendable () -> Void) {
            self.deadline = deadline
            self.body = Mutex(body)
        }

        /// Drops the body unless it has fired or is firing. From any thread, any number of times.
        public func cancel() {
            // Taken out under the lock, released outside it: its captures may have deinits.
            let dropped = body.withLock { body in
                defer { body = nil }
                return body
            }
            _ = dropped
        }

        var isPending: Bool { body.withLock { $0 != nil } }

        func fire() {
            let taken = body.withLock { body in
                defer { body = nil }
                return body
            }
            taken?()
        }
    }

    /// Runs `body` on the loop once `delay` has passed (a clock that counts suspended time, so a
    /// resumed machine fires what became due meanwhile). From any thread; zero or less means with
    /// the loop's next round.
    @discardableResult
    public func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void) -> Timer {
        let timer = Timer(deadline: el_now() &+ delay.nanosecondsClamped, body)
        if isCurrent {
            timers.insert(timer)
        } else {
            execute { [self] in timers.insert(timer) }
        }
        return timer
    }
}

extension Duration {
    /// Whole nanoseconds, not negative, at most about 146 years.
    var nanosecondsClamped: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < Int64.max / 2_000_000_000 else { return UInt64(Int64.max / 2) }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
    }
}
