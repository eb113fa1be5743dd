extension Delivery {
    /// The delivery of a reply under a fault of the wire. Faults of the reply's status and content
    /// were applied when the reply was made; for them this is the plain delivery.
    init(_ reply: HTTPReply, fault: Fault?) {
        guard let fault, fault.kind.layer == .wire else {
            self.init(reply)
            return
        }
        var reply = reply
        let waiting: [WireStep] = reply.latency > .zero ? [.wait(reply.latency)] : []
        let body = reply.body
        let half = Array(body.prefix(body.count / 2))
        let started = reply.headBytes(framing: .chunked)

        switch fault.kind {
        case .latency:
            reply.latency += .milliseconds(fault.number)
            self.init(reply)
        case .hang:
            self.init(steps: [.hang])
        case .hangbody:
            self.init(steps: waiting + [.send(started + HTTPReply.chunk(half)), .hang])
        case .drip:
            let interval = Duration.milliseconds(fault.number)
            self.init(steps: waiting + [.send(reply.headBytes(framing: .length(body.count)))])
            steps.append(.drip(body, every: interval))
            if !reply.keepsAlive { steps.append(.close) }
        case .truncate:
            self.init(steps: waiting + [.send(started + HTTPReply.chunk(half)), .close])
        case .shortlength:
            reply.keepsAlive = false
            let head = reply.headBytes(framing: .length(half.count))
            self.init(steps: waiting + [.send(head + body), .close])
        case .longlength:
            reply.keepsAlive = false
            let head = reply.headBytes(framing: .length(body.count + 64))
            self.init(steps: waiting + [.send(head + body), .close])
        case .hugebody:
            self.init(steps: waiting)
            steps += Self.hugeBody(reply, megabytes: fault.number)
        case .hugeheaders:
            self.init(steps: waiting)
            steps += Self.hugeHeaders(reply, kilobytes: fault.number)
        case .reset:
            self.init(steps: waiting + [.reset])
        case .resetbody:
            self.init(steps: waiting + [.send(started + HTTPReply.chunk(half)), .reset])
        case .empty:
            self.init(steps: waiting + [.close])
        default:
            preconditionFailure("\(fault.kind.rawValue) is not a fault of the wire")
        }
    }

    /// The reply, chunked, with so many megabytes of `x` where its poison marker stands, so that
    /// the whole would still be valid JSON.
    private static func hugeBody(_ reply: HTTPReply, megabytes: Int) -> [WireStep] {
        let block = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
        let (before, after) = Poison.split(reply.body)
        return [
            .send(reply.headBytes(framing: .chunked) + HTTPReply.chunk(before)),
            .sendRepeatedly(HTTPReply.chunk(block), times: max(1, megabytes * 16)),
            .send(HTTPReply.chunk(after) + HTTPReply.lastChunk),
        ] + (reply.keepsAlive ? [] : [.close])
    }

    /// The reply with so many kilobytes of extra header lines, 1 KiB each.
    private static func hugeHeaders(_ reply: HTTPReply, kilobytes: Int) -> [WireStep] {
        var reply = reply
        let body = reply.body
        reply.headers += (0..<kilobytes).map { index in
            ("x-filler-\(index)", String(repeating: "f", count: 1_000))
        }
        return [.send(reply.headBytes(framing: .length(body.count)) + body)]
            + (reply.keepsAlive ? [] : [.close])
    }
}
