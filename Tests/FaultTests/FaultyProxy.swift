import Foundation
import Synchronization

/// A TCP proxy on loopback whose network the test makes slow, cuts or silences.
final class FaultyProxy: Sendable {
    enum Weather: Sendable, Equatable {
        case clear
        /// Every piece is late by so long.
        case slow(milliseconds: Int)
        /// What the server says is taken and never passed on: an acknowledgement is lost.
        case deaf
        /// Nothing passes in either direction, and nobody is told.
        case silent
    }

    private struct State {
        var weather = Weather.clear
        var sockets: Set<Int32> = []
        var isOpen = true
    }

    let port: UInt16
    private let target: String
    private let listener: Int32
    private let state = Mutex(State())

    /// Passes on to the unix socket at `target`.
    init(to target: String) {
        self.target = target
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        precondition(bound, "no port on loopback: errno \(errno)")
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in accept() }
    }

    var weather: Weather {
        get { state.withLock { $0.weather } }
        set { state.withLock { $0.weather = newValue } }
    }

    /// Cuts every connection there is.
    func cut() {
        state.withLock { state in
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Ends the proxy and its connections.
    func close() {
        state.withLock { $0.isOpen = false }
        cut()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while state.withLock({ $0.isOpen }) {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { continue }
            guard let server = connect() else {
                Glibc.close(client)
                continue
            }
            for socket in [client, server] { _ = fcntl(socket, F_SETFD, FD_CLOEXEC) }
            state.withLock { $0.sockets.formUnion([client, server]) }
            let pair = Pair(client: client, server: server)
            Thread.detachNewThread { [self] in
                pass(from: client, to: server, isAnswer: false)
                finish(pair)
            }
            Thread.detachNewThread { [self] in
                pass(from: server, to: client, isAnswer: true)
                finish(pair)
            }
        }
        Glibc.close(listener)
    }

    /// The two sockets of a connection, closed when both directions have ended.
    private final class Pair: Sendable {
        let client: Int32
        let server: Int32
        let open = Mutex(2)

        init(client: Int32, server: Int32) {
            self.client = client
            self.server = server
        }
    }

    private func finish(_ pair: Pair) {
        shutdown(pair.client, Int32(SHUT_RDWR))
        shutdown(pair.server, Int32(SHUT_RDWR))
        let left = pair.open.withLock { open in
            open -= 1
            return open
        }
        guard left == 0 else { return }
        state.withLock { $0.sockets.subtract([pair.client, pair.server]) }
        Glibc.close(pair.client)
        Glibc.close(pair.server)
    }

    private func connect() -> Int32? {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: Array(target.utf8) + [0])
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(server, $0, size) == 0
            }
        }
        guard connected else {
            Glibc.close(server)
            return nil
        }
        return server
    }

    private func pass(from source: Int32, to sink: Int32, isAnswer: Bool) {
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { return }
            switch weather {
            case .clear: break
            case .slow(let milliseconds):
                // A slow network's pace; the end of the connection cuts it short.
                var end = pollfd(fd: sink, events: 0, revents: 0)
                poll(&end, 1, Int32(milliseconds))
            case .deaf: if isAnswer { continue }
            case .silent: continue
            }
            var sent = 0
            while sent < count {
                let step = buffer.withUnsafeBytes {
                    send(sink, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard step > 0 else { return }
                sent += step
            }
        }
    }
}
