import NIOCore
import NIOHTTP1

/// One client's connection: gathers requests, has the stub decide, hands the plan to a courier.
/// Requests that arrive before the answer to the one before is out wait their turn.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private static let maxBodyBytes = 64 << 20

    private let stub: Stub
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var waiting: [StubRequest] = []
    private var courier: Courier?

    init(stub: Stub) { self.stub = stub }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            if head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" }) {
                let line = "HTTP/1.1 100 Continue\r\n\r\n"
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: line)), promise: nil)
            }
        case .body(let buffer):
            guard body.count + buffer.readableBytes <= Self.maxBodyBytes else {
                context.close(promise: nil)
                return
            }
            body.append(contentsOf: buffer.readableBytesView)
        case .end:
            guard let head else { return }
            waiting.append(StubRequest(head, body: body))
            self.head = nil
            body = []
            answerNext(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let courier {
            courier.abandon()
            stub.ended(courier.delivery, clientClosed: true)
        }
        courier = nil
        waiting = []
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            let reply = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply)), promise: nil)
        }
        context.close(promise: nil)
    }

    private func answerNext(_ context: ChannelHandlerContext) {
        guard courier == nil, !waiting.isEmpty else { return }
        let delivery = stub.answer(waiting.removeFirst())
        let courier = Courier(delivery, context: context)
        self.courier = courier
        courier.start { [self] in
            self.courier = nil
            stub.ended(delivery, clientClosed: false)
            answerNext(context)
        }
    }
}

extension StubRequest {
    /// The request that a decoded head and its body make.
    fileprivate init(_ head: HTTPRequestHead, body: [UInt8]) {
        self.init(
            method: head.method.rawValue, target: head.uri,
            headers: head.headers.map { ($0.name, $0.value) }, body: body)
        keepsAlive = head.isKeepAlive
    }
}
