import Glibc

/// The server's end of one TCP connection: blocking reads and writes on a thread of its own.
final class RawConnection {
    struct Request: Sendable {
        var method: String
        var path: String
        var head: String
        var body: [UInt8]
    }

    let descriptor: Int32
    private(set) var bytesSent = 0
    private var input: [UInt8] = []
    private var isOpen = true

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close()
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        // Seen by the client even while another process has the descriptor too.
        shutdown(descriptor, Int32(SHUT_RDWR))
        Glibc.close(descriptor)
    }

    /// Closes with a RST.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &linger,
            socklen_t(MemoryLayout.size(ofValue: linger)))
        isOpen = false
        Glibc.close(descriptor)
    }

    /// The next request with its whole body (by `Content-Length`); nil when the client is gone.
    func readRequest() -> Request? {
        var end: Int?
        while true {
            end = input.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound
            if end != nil { break }
            guard fill() else { return nil }
        }
        guard let end else { return nil }
        let head = String(decoding: input[..<end], as: UTF8.self)
        input.removeFirst(end)
        let lines = head.split(separator: "\r\n")
        let start = lines[0].split(separator: " ")
        let length = lines.compactMap { line -> Int? in
            guard line.lowercased().hasPrefix("content-length:") else { return nil }
            return line.split(separator: " ").last.flatMap { Int($0) }
        }.first
        while input.count < length ?? 0 { guard fill() else { return nil } }
        let body = Array(input.prefix(length ?? 0))
        input.removeFirst(body.count)
        return Request(
            method: String(start[0]), path: String(start[1]), head: head, body: body)
    }

    /// Sends all of it; false when the client is gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, buffer.baseAddress! + sent, bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
            bytesSent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool {
        send(Array(text.utf8))
    }

    func respond(_ status: String = "200 OK", headers: String = "", body: String = "ok") {
        send("HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Returns when the client has closed its end.
    func waitForClose() {
        while fill() {}
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        input.append(contentsOf: buffer[..<count])
        return true
    }
}
