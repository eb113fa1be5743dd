extension PostgresConnection {
    /// What arrives on the channels this session listens to; ends with the connection.
    func notifications() -> AsyncStream<(channel: String, payload: String)> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: (channel: String, payload: String).self,
            bufferingPolicy: .bufferingNewest(PostgresListener.bufferLimit))
        guard wire.isUsable else {
            continuation.finish()
            return stream
        }
        wire.onNotification = { channel, payload in
            continuation.yield((channel: channel, payload: payload))
        }
        wire.onShut = { _ in continuation.finish() }
        return stream
    }

    /// Why the connection is no more.
    func endReason() -> PostgresError {
        lost("listen")
    }
}
