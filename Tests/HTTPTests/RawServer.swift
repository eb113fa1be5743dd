import Foundation
import Glibc
import Synchronization

/// A TCP server on loopback that does to its clients exactly what a test says.
final class RawServer: Sendable {
    private struct Seen {
        var connections = 0
        var requests: [RawConnection.Request] = []
    }

    let port: UInt16
    private let listener: Int32
    private let seen = Mutex(Seen())

    /// Serves every connection with `handle`, each on a thread of its own; the connection is
    /// closed when it returns.
    init(_ handle: @escaping @Sendable (RawConnection, RawServer) -> Void) throws {
        let listener = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 4096) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0, let self else { break }
                // A program that another suite starts must not keep the connection open.
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                self.seen.withLock { $0.connections += 1 }
                Thread.detachNewThread { [self] in
                    let connection = RawConnection(descriptor)
                    handle(connection, self)
                    connection.close()
                }
            }
            close(listener)
        }
    }

    /// Answers every request on a connection with `respond` until the client leaves.
    static func answering(
        _ respond: @escaping @Sendable (RawConnection.Request, RawConnection) -> Void
    ) throws -> RawServer {
        try RawServer { connection, server in
            while let request = server.next(connection) { respond(request, connection) }
        }
    }

    deinit {
        // Wakes the accepting thread, which closes the socket.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// The next request of a connection, counted.
    func next(_ connection: RawConnection) -> RawConnection.Request? {
        guard let request = connection.readRequest() else { return nil }
        seen.withLock { $0.requests.append(request) }
        return request
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var connections: Int { seen.withLock { $0.connections } }
    var requests: [RawConnection.Request] { seen.withLock { $0.requests } }
}
