import Foundation

/// Pipes for child processes; blocking, used on threads of their own.
enum Pipe {
    /// Both ends are closed in children, unless handed over explicitly.
    static func make() -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        // pipe2 is not in the Glibc module. Between the two steps no child may be started, or it
        // would hold our end open.
        Spawn.lock.withLock { _ in
            precondition(pipe(&ends) == 0, "no pipe: errno \(errno)")
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        return (ends[0], ends[1])
    }

    static func write(_ text: String, to writer: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(writer, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        close(writer)
    }

    static func readLines(_ reader: Int32, _ line: (String) -> Void) {
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(reader, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            pending += buffer[..<count]
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                line(String(decoding: pending[..<end], as: UTF8.self))
                pending.removeSubrange(...end)
            }
        }
        if !pending.isEmpty { line(String(decoding: pending, as: UTF8.self)) }
        close(reader)
    }
}
