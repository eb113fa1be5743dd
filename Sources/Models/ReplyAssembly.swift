import HTTP
import JSON

/// Puts the events of a stream together to the body that a whole reply would have had, so that
/// both ways are read by the same `decode`.
protocol ReplyAssembly: Sendable {
    /// Takes the next event.
    mutating func take(_ event: ServerSentEvent)

    /// Takes the regular end of the body.
    mutating func end()

    /// How far the stream is.
    var state: ReplyAssemblyState { get }

    /// Whether the model's words, or the beginning of a tool call, have come.
    var hasContent: Bool { get }

    /// The body so far.
    var body: JSONValue { get }
}

/// How far a stream is. `open` may be followed by each of the others, they by none.
enum ReplyAssemblyState: Sendable, Hashable {
    case open
    /// The reply is whole; what may follow is of no interest.
    case finished
    /// The provider broke off with an error: its body, or nil when the event made no sense.
    case failed(JSONValue?)
}
