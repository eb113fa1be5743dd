import EventLoop

/// Notifications of channels, over a connection of its own that is made anew for ever.
///
/// A notification is a hint: those sent while there was no connection are lost, and behind a
/// transaction-pooling proxy none arrive. Poll on `.connected`, and now and then anyway.
public struct PostgresListener: Sendable {
    /// What a consumer is told.
    public enum Event: Sendable {
        /// Listening; what happened before is unknown, so look now.
        case connected
        case notification(channel: String, payload: String)
        /// Not listening; the next attempt follows by itself.
        case disconnected(PostgresError)
    }

    /// Unread events kept; a consumer slower than that loses the oldest, and still finds newer ones
    /// that tell it to look.
    static let bufferLimit = 256
    static let firstBackoff: Duration = .milliseconds(100)
    static let longestBackoff: Duration = .seconds(10)

    let configuration: PostgresConfiguration
    let loop: EventLoop
    let channels: [String]

    /// Channel names are taken literally, case included.
    public init(_ configuration: PostgresConfiguration, loop: EventLoop, channels: [String]) {
        self.configuration = configuration
        self.loop = loop
        self.channels = channels
    }

    /// Starts listening; ends when the consumer stops or its task is cancelled.
    public func events() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.bufferLimit))
        let task = Task { await run(continuation) }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    private func run(_ continuation: AsyncStream<Event>.Continuation) async {
        var backoff = Self.firstBackoff
        while !Task.isCancelled {
            do throws(PostgresError) {
                let connection = try await PostgresConnection.connect(configuration, on: loop)
                let notifications = await connection.notifications()
                try await listen(connection)
                continuation.yield(.connected)
                backoff = Self.firstBackoff
                for await notification in notifications {
                    continuation.yield(
                        .notification(
                            channel: notification.channel, payload: notification.payload))
                }
                await connection.close()
                continuation.yield(.disconnected(await connection.endReason()))
            } catch {
                continuation.yield(.disconnected(error))
            }
            // Jitter, so that a restarted server is not met by all workers at once.
            let pause = backoff * Double.random(in: 0.5...1)
            backoff = min(backoff * 2, Self.longestBackoff)
            guard (try? await Task.sleep(for: pause)) != nil else { break }
        }
        continuation.finish()
    }

    private func listen(_ connection: PostgresConnection) async throws(PostgresError) {
        do {
            let script = channels.map {
                "LISTEN \""
                    + $0.split(separator: "\"", omittingEmptySubsequences: false)
                    .joined(separator: "\"\"") + "\";"
            }
            try await connection.execute(
                script: script.joined(), deadline: configuration.connectTimeout)
        } catch {
            await connection.close()
            throw error
        }
    }
}
