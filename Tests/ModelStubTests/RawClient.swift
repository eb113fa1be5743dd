import Glibc

/// A TCP connection to the stub, with nothing between the test and the bytes.
final class RawClient {
    /// How a connection came to its end.
    enum Ending {
        /// The stub closed in the regular way.
        case closed
        /// The stub sent RST.
        case reset
        /// Nothing came for as long as the client waits.
        case silence
    }

    private let descriptor: Int32
    private(set) var received: [UInt8] = []

    /// Connects to that port of this machine; waits so many seconds for each piece of an answer.
    init(port: Int, patience seconds: Int = 10) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code != 0 { throw StubProcess.Failure(description: "connect: error \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends bytes as they are.
    func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends a request.
    func request(
        _ method: String, _ target: String, headers: [String: String] = [:], body: String = "",
        keepAlive: Bool = false
    ) {
        var text = "\(method) \(target) HTTP/1.1\r\nhost: stub\r\n"
        if !keepAlive { text += "connection: close\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        write(text + "content-length: \(body.utf8.count)\r\n\r\n" + body)
    }

    /// Reads until the connection ends.
    func readToEnd() -> Ending {
        while true {
            let count = receive(flags: 0)
            if count == 0 { return .closed }
            if count < 0 { return errno == ECONNRESET ? .reset : .silence }
        }
    }

    /// Reads until the bytes so far fulfil the condition; false when the connection ends before.
    func read(until condition: ([UInt8]) -> Bool) -> Bool {
        while !condition(received) {
            if receive(flags: 0) <= 0 { return false }
        }
        return true
    }

    /// Says whether the connection is open and without a byte to read.
    var isSilent: Bool {
        receive(flags: Int32(MSG_DONTWAIT)) < 0 && errno == EAGAIN
    }

    private func receive(flags: Int32) -> Int {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, flags)
        if count > 0 { received += buffer[..<count] }
        return count
    }
}
