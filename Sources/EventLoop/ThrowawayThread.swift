import CEventLoop

/// A thread of its own for one C call that blocks and has no other form (a name look-up inside a
/// connect, a cancel request): never on the cooperative pool, which has a thread per core, and
/// never on an event loop.
public enum ThrowawayThread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Runs `body` on a new detached thread with all signals blocked. Returns false, and drops
    /// `body`, when the system refuses a thread.
    public static func run(named name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let context = Unmanaged.passRetained(Body(body))
        let failure = el_thread_start(
            name,
            { context in
                guard let context else { return }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            }, context.toOpaque())
        if failure != 0 { context.release() }
        return failure == 0
    }
}
