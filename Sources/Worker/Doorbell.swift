/// Wakes one sleeper. A ring while nobody sleeps is kept, and several count as one.
struct Doorbell: Sendable {
    private let rings: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation

    init() {
        (rings, ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func ring() {
        ringer.yield()
    }

    /// Returns after a ring, after the time, or on cancellation.
    func wait(atMost time: Duration) async {
        let alarm = Task {
            if (try? await Task.sleep(for: time)) != nil { ring() }
        }
        defer { alarm.cancel() }
        var iterator = rings.makeAsyncIterator()
        await iterator.next()
    }
}
