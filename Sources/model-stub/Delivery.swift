/// How one request is answered on the wire, decided before the first byte is written.
struct Delivery: Equatable {
    /// The request's number in the log; nil for requests that are not logged.
    var requestNumber: Int?
    /// What to do, in order.
    var steps: [WireStep]

    /// The delivery of a reply without any fault: one write, or one for each piece of a stream.
    init(_ reply: HTTPReply) {
        requestNumber = nil
        steps = []
        if reply.latency > .zero { steps.append(.wait(reply.latency)) }
        if reply.streams {
            steps.append(.send(reply.headBytes(framing: .chunked)))
            steps += reply.pieces.map { .send(HTTPReply.chunk($0)) }
            steps.append(.send(HTTPReply.lastChunk))
        } else {
            let body = reply.body
            steps.append(.send(reply.headBytes(framing: .length(body.count)) + body))
        }
        if !reply.keepsAlive { steps.append(.close) }
    }

    /// A delivery of exactly these steps.
    init(steps: [WireStep]) {
        requestNumber = nil
        self.steps = steps
    }

    /// False for deliveries that end, or hang, without a byte.
    var sendsAnything: Bool {
        steps.contains { step in
            switch step {
            case .send, .sendRepeatedly, .drip: true
            case .wait, .hang, .close, .reset: false
            }
        }
    }
}
