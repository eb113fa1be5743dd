/// Wakes one sleeper. A ring while nobody sleeps is kept, and several count as one.
struct Doorbell: Sendable {
    private let rings: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation
    private let timing: Timing

    init(timing: Timing = .machine) {
        (rings, ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.timing = timing
    }

    func ring() {
        ringer.yield()
    }

    /// Returns after a ring, after the time, or on cancellation.
    func wait(atMost time: Duration) async {
        await withDiscardingTaskGroup { alarm in
            alarm.addTask {
                if (try? await timing.sleep(time)) != nil { ring() }
            }
            var iterator = rings.makeAsyncIterator()
            await iterator.next()
            alarm.cancelAll()
        }
    }
}
