import JSON

/// Gives a completion the form of a protocol's reply.
protocol ReplyRenderer {
    /// The whole reply.
    func reply(_ completion: Completion) -> HTTPReply

    /// The reply as server-sent events.
    func stream(_ completion: Completion, includesUsage: Bool) -> HTTPReply
}

extension ReplyRenderer {
    /// Events that carry their own name, in the reply's `data` and beside it.
    ///
    /// With the fault for it the second half gives way to `broken`.
    func events(_ events: [JSONValue], fault: Fault?, broken: JSONValue) -> HTTPReply {
        var events = events
        if fault?.kind == .midstreamerror {
            events = Array(events.prefix(events.count / 2)) + [broken]
        }
        let poison = Poison(fault)
        var reply = HTTPReply(status: 200, contentType: "text/event-stream", body: [])
        reply.pieces = events.map { event in
            let data = event.serializedBytes
            return Array("event: \(event["type"]?.stringValue ?? "message")\ndata: ".utf8)
                + (poison?.outerBytes(data) ?? data) + Array("\n\n".utf8)
        }
        reply.streams = true
        return reply
    }
}
