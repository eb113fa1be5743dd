import Glibc
import Synchronization
import Testing

@testable import EventLoop

@Suite("event loop", .timeLimit(.minutes(1)))
struct EventLoopTests {
    static let loop = EventLoop(name: "test-loop")
    var loop: EventLoop { Self.loop }

    actor Pinned {
        let loop: EventLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        var count = 0
        init(loop: EventLoop) { self.loop = loop }
        func bump() -> Bool {
            count += 1
            return loop.isCurrent
        }
    }

    @Test("a pinned actor runs on the loop's thread, from any number of tasks")
    func pinnedActor() async {
        let actor = Pinned(loop: loop)
        #expect(!loop.isCurrent)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 { group.addTask { await actor.bump() } }
            for await onLoop in group { #expect(onLoop) }
        }
        #expect(await actor.count == 200)
    }

    @Test("a round trip resumes off the loop and proves that it turns")
    func roundTrip() async {
        await loop.roundTrip()
        #expect(!loop.isCurrent)
    }

    @Test("timers fire in order of their deadlines, on the loop, and not before their time")
    func timerOrder() async {
        let fired = Mutex<[Int]>([])
        let start = ContinuousClock.now
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            for delay in [0, 10, 20, 30] {
                loop.schedule(after: .milliseconds(delay)) {
                    fired.withLock { $0.append(delay) }
                    if delay == 30 { done.resume() }
                }
            }
        }
        #expect(fired.withLock { $0 } == [0, 10, 20, 30])
        #expect(start.duration(to: .now) >= .milliseconds(30))
    }

    @Test("a cancelled timer does not fire, and cancelling twice is harmless")
    func timerCancel() async {
        let fired = Mutex(false)
        let loop = loop
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            // On the loop, where nothing comes between: however slow the machine, it is not due yet.
            loop.execute {
                let timer = loop.schedule(after: .milliseconds(5)) { fired.withLock { $0 = true } }
                timer.cancel()
                timer.cancel()
                loop.schedule(after: .milliseconds(20)) { done.resume() }
            }
        }
        #expect(!fired.withLock { $0 })
    }

    @Test("cancelled timers do not pile up")
    func timerSweep() {
        var heap = TimerHeap()
        for index in 0..<100_000 {
            let timer = EventLoop.Timer(deadline: UInt64(1_000_000 - index)) {}
            heap.insert(timer)
            timer.cancel()
        }
        #expect(heap.count <= 1024)
    }

    @Test("the heap gives back what is due, sorted, and keeps the rest")
    func timerHeap() {
        var heap = TimerHeap()
        for deadline in [7, 3, 9, 1, 5, 5, 8] as [UInt64] {
            heap.insert(EventLoop.Timer(deadline: deadline) {})
        }
        #expect(heap.nextDeadline == 1)
        #expect(heap.popDue(5).map(\.deadline) == [1, 3, 5, 5])
        #expect(heap.nextDeadline == 7)
        #expect(heap.popDue(100).map(\.deadline) == [7, 8, 9])
        #expect(heap.isEmpty)
    }

    @Test("a watched pipe reports data once it is there, and nothing after unwatch")
    func watch() async {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        let loop = loop
        let ready = await withCheckedContinuation {
            (done: CheckedContinuation<EventLoop.Interest, Never>) in
            loop.execute {
                loop.watch(reader, .read) { ready in
                    loop.unwatch(reader)
                    done.resume(returning: ready)
                }
                var byte: UInt8 = 1
                _ = write(writer, &byte, 1)
            }
        }
        #expect(ready == .read)
        await loop.roundTrip()
        close(reader)
        close(writer)
    }

    @Test("a hang-up reaches a reader as readiness to read")
    func hangUp() async {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        let loop = loop
        let ready = await withCheckedContinuation {
            (done: CheckedContinuation<EventLoop.Interest, Never>) in
            loop.execute {
                loop.watch(reader, .read) { ready in
                    loop.unwatch(reader)
                    done.resume(returning: ready)
                }
                close(writer)
            }
        }
        #expect(ready == .read)
        close(reader)
    }

    @Test("events of a descriptor closed and reused in the same round are not misdelivered")
    func generation() async {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        let loop = loop
        let stale = Mutex(0)
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            loop.execute {
                loop.watch(reader, .read) { _ in stale.withLock { $0 += 1 } }
                var byte: UInt8 = 1
                _ = write(writer, &byte, 1)
                // Watched again before the loop polls: only the second handler may be called.
                loop.watch(reader, .read) { _ in
                    loop.unwatch(reader)
                    done.resume()
                }
            }
        }
        #expect(stale.withLock { $0 } == 0)
        close(reader)
        close(writer)
    }

    @Test("epoll's refusal of a descriptor that is not open is returned")
    func badDescriptor() async {
        let loop = loop
        let failure = await withCheckedContinuation { (done: CheckedContinuation<Int32, Never>) in
            loop.execute { done.resume(returning: loop.watch(999_999, .read) { _ in }) }
        }
        #expect(failure == EBADF)
    }

    @Test(
        "a delay is clamped to what the clock can hold",
        arguments: [
            (Duration.seconds(-5), UInt64(0)), (.zero, 0), (.nanoseconds(1500), 1500),
            (.seconds(2), 2_000_000_000), (.seconds(Int64.max), UInt64(Int64.max / 2)),
        ])
    func delayClamp(delay: Duration, nanoseconds: UInt64) {
        #expect(delay.nanosecondsClamped == nanoseconds)
    }
}
