import CEventLoop
import Synchronization

/// A thread with epoll that is also a serial executor: actors pinned to it own C handles (a libpq
/// connection, a libcurl multi) without locks, and their sockets are watched on the same thread.
///
/// A process makes a fixed few; a loop lives until the process ends, because executor references
/// held by the concurrency runtime are unowned.
///
/// Unchecked `Sendable`: what several threads touch is behind `inbox`'s mutex; `watches`, `timers`
/// and `armed` belong to the loop's thread alone, which every function that uses them checks.
public final class EventLoop: SerialExecutor, @unchecked Sendable {
    /// What a loop is asked to do by other threads.
    enum Item {
        case job(UnownedJob)
        case body(@Sendable () -> Void)
    }

    struct Inbox {
        var items: [Item] = []
        var isSleeping = false
    }

    struct Watch {
        var generation: UInt32
        var interest: Interest
        var handler: @Sendable (Interest) -> Void
    }

    /// The thread's name, at most 15 bytes of it visible in `top -H`.
    public let name: String

    let inbox = Mutex(Inbox())
    let poller: Int32
    let wake: Int32
    let alarm: Int32
    var watches: [Int32: Watch] = [:]
    var generation: UInt32 = 0
    var timers = TimerHeap()
    var armed = UInt64.max

    /// Starts the thread. Traps when the process is out of descriptors or threads: a worker cannot
    /// live without its loops, and this happens only at start-up.
    public init(name: String) {
        self.name = name
        poller = el_poller_create()
        wake = el_wake_create()
        alarm = el_timer_create()
        precondition(
            poller >= 0 && wake >= 0 && alarm >= 0, "no descriptors for event loop \(name)")
        for descriptor in [wake, alarm] {
            let failure = el_poller_set(
                poller, descriptor, UInt32(EL_READ), UInt64(descriptor))
            precondition(failure == 0, "epoll refuses event loop \(name): errno \(failure)")
        }
        let failure = el_thread_start(
            name,
            { context in
                guard let context else { return }
                Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue().runForever()
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(failure == 0, "no thread for event loop \(name): errno \(failure)")
    }

    /// Whether the caller runs on this loop's thread.
    public var isCurrent: Bool {
        el_current_loop() == UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
    }

    /// Runs `body` on the loop, after what was submitted before it. From any thread.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        submit(.body(body))
    }

    /// Resumes after the loop ran a job: the watchdog's proof that this loop is not stuck.
    public func roundTrip() async {
        await withCheckedContinuation { continuation in
            execute { continuation.resume() }
        }
    }

    func submit(_ item: Item) {
        let mustWake = inbox.withLock { inbox in
            inbox.items.append(item)
            defer { inbox.isSleeping = false }
            return inbox.isSleeping
        }
        if mustWake { el_wake_send(wake) }
    }
}
