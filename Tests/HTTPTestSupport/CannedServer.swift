import Dispatch
import Glibc
import Synchronization

/// An HTTP server on a loopback port that answers as a test tells it to, well or badly, and keeps
/// what it was asked. One request a connection.
public final class CannedServer: Sendable {
    private struct State {
        var requests: [CannedRequest] = []
        /// Connections that are never answered; closed by `stop`.
        var hanging: [Int32] = []
        var isStopped = false
    }

    public let port: UInt16
    private let listener: Int32
    private let handler: @Sendable (CannedRequest) -> CannedAnswer
    private let state = Mutex(State())

    /// Listens at once.
    public init(_ handler: @escaping @Sendable (CannedRequest) -> CannedAnswer) throws {
        (listener, port) = try Socket.listen()
        self.handler = handler
        let listener = listener
        let queue = DispatchQueue(label: "canned-server")
        queue.async { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                // A program that another suite starts must not keep the connection open.
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                guard let self else {
                    close(connection)
                    return
                }
                self.serve(connection)
            }
        }
    }

    deinit { stop() }

    /// `http://127.0.0.1:port`.
    public var baseURL: String { "http://127.0.0.1:\(port)" }

    public var requests: [CannedRequest] { state.withLock { $0.requests } }

    /// Closes everything.
    public func stop() {
        let hanging = state.withLock { state in
            defer { state = State(requests: state.requests, isStopped: true) }
            if !state.isStopped { shutdown(listener, Int32(SHUT_RDWR)) }
            return state.hanging
        }
        for connection in hanging { close(connection) }
    }

    private func serve(_ connection: Int32) {
        guard let request = Socket.readRequest(connection) else {
            close(connection)
            return
        }
        state.withLock { $0.requests.append(request) }
        switch handler(request) {
        case .bytes(let bytes):
            Socket.write(connection, bytes)
            shutdown(connection, Int32(SHUT_WR))
            // Until the client is gone: a close with unread input would reset the connection.
            Socket.drain(connection)
            close(connection)
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            close(connection)
        case .hang:
            state.withLock { $0.hanging.append(connection) }
        }
    }
}
