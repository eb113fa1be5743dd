import Synchronization

/// Lets tests wait for one another's events instead of for time: `wait` returns once `open` was
/// called, or the task was cancelled.
public final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    public init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    public func open() {
        continuation.finish()
    }

    public func wait() async {
        for await _ in stream {}
    }
}
