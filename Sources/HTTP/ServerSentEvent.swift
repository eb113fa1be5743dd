/// One event of a `text/event-stream` body.
public struct ServerSentEvent: Sendable, Hashable {
    /// The event's name; `message` when it has none.
    public var type: String
    /// Its data lines, joined by line feeds.
    public var data: String
    /// The last id the stream has given, this event's or an earlier one's.
    public var id: String?
    /// The last reconnection delay the stream has asked for.
    public var retry: Duration?

    /// An event, for tests of callers.
    public init(
        type: String = "message", data: String, id: String? = nil, retry: Duration? = nil
    ) {
        self.type = type
        self.data = data
        self.id = id
        self.retry = retry
    }
}
