import Glibc
import NIOCore

/// Carries out the steps of one delivery on a connection. Lives on the connection's event loop.
final class Courier {
    let delivery: Delivery
    private let context: ChannelHandlerContext
    /// The steps not done, the next one last.
    private var steps: [WireStep]
    private var timer: Scheduled<Void>?
    private var completion: (() -> Void)?

    init(_ delivery: Delivery, context: ChannelHandlerContext) {
        self.delivery = delivery
        self.context = context
        steps = delivery.steps.reversed()
    }

    /// Begins; calls back once after the last step, and never when abandoned.
    func start(completion: @escaping () -> Void) {
        self.completion = completion
        advance()
    }

    /// Stops where it is.
    func abandon() {
        timer?.cancel()
        completion = nil
        steps = []
    }

    private func advance() {
        guard let completion else { return }
        guard let step = steps.popLast() else {
            self.completion = nil
            completion()
            return
        }
        switch step {
        case .send(let bytes):
            send(bytes)
        case .sendRepeatedly(let block, let times):
            if times > 1 { steps.append(.sendRepeatedly(block, times: times - 1)) }
            send(block)
        case .drip(let bytes, let interval):
            if bytes.count > 1 {
                steps.append(.drip(Array(bytes.dropFirst()), every: interval))
                steps.append(.wait(interval))
            }
            send(Array(bytes.prefix(1)))
        case .wait(let duration):
            timer = context.eventLoop.assumeIsolated()
                .scheduleTask(in: TimeAmount(duration)) { self.advance() }
        case .hang:
            break
        case .close:
            finish(completion)
        case .reset:
            lingerNotAtAll()
            finish(completion)
        }
    }

    /// Tells of the end before the connection closes, so that the close is not taken for the
    /// client's.
    private func finish(_ completion: () -> Void) {
        self.completion = nil
        completion()
        context.close(promise: nil)
    }

    /// Writes, and goes on once the bytes are out. The next step runs from the loop, because a
    /// write that succeeds at once would otherwise nest the steps of a long reply on the stack.
    private func send(_ bytes: [UInt8]) {
        let written = context.writeAndFlush(
            NIOAny(ByteBuffer(bytes: bytes)))
        written.assumeIsolated().whenSuccess {
            if self.steps.isEmpty {
                self.advance()
            } else {
                self.context.eventLoop.assumeIsolated().execute { self.advance() }
            }
        }
    }

    /// With SO_LINGER of zero seconds, close() sends RST and drops what is unsent.
    private func lingerNotAtAll() {
        guard let channel = context.channel as? any SocketOptionProvider else { return }
        _ = channel.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
}
