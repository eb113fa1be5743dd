import Glibc

/// Blocking sockets, as much as a test server needs.
enum Socket {
    struct Failure: Error {
        let what: String
        let code: Int32
    }

    /// A listening socket on a free loopback port.
    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && Glibc.listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isListening else { throw Failure(what: "listen", code: errno) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// Reads one request with its body by `Content-Length`.
    static func readRequest(_ connection: Int32) -> CannedRequest? {
        var text: [UInt8] = []
        var bodyStart: Int?
        while bodyStart == nil {
            guard let more = read(connection) else { return nil }
            text += more
            bodyStart = text.indices.dropLast(3).first { text[$0..<$0 + 4] == [13, 10, 13, 10] }
                .map { $0 + 4 }
        }
        let start = bodyStart ?? 0
        guard var request = head(String(decoding: text[..<start], as: UTF8.self)) else {
            return nil
        }
        let length = request.header("content-length").flatMap { Int($0) } ?? 0
        while text.count < start + length {
            guard let more = read(connection) else { return nil }
            text += more
        }
        request.body = String(decoding: text[start..<start + length], as: UTF8.self)
        return request
    }

    static func write(_ connection: Int32, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until the peer closes.
    static func drain(_ connection: Int32) {
        while read(connection) != nil {}
    }

    private static func read(_ connection: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(connection, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    private static func head(_ text: String) -> CannedRequest? {
        let lines = text.split(separator: "\r\n")
        let parts = lines.first?.split(separator: " ") ?? []
        guard parts.count == 3 else { return nil }
        let headers = lines.dropFirst().compactMap { line in
            line.firstIndex(of: ":").map { colon in
                (
                    name: String(line[..<colon]),
                    value: String(line[line.index(after: colon)...].drop { $0 == " " })
                )
            }
        }
        return CannedRequest(
            method: String(parts[0]), target: String(parts[1]), headers: headers, body: "")
    }
}
