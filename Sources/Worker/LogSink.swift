import Glibc
import Synchronization

/// Standard error, without waiting for it: a reader that stopped reading costs log lines, never the
/// worker's threads. How many were lost is said when the reader is back.
enum LogSink {
    private static let lost = Atomic<Int>(0)

    /// One write per line, so that lines of several threads do not mix.
    static func write(_ line: String) {
        guard isReady else {
            lost.add(1, ordering: .relaxed)
            return
        }
        let missed = lost.exchange(0, ordering: .relaxed)
        if missed > 0 { send("\(missed) log lines were lost, nobody read them\n") }
        send(line)
    }

    /// A pipe that polls as writable takes at least PIPE_BUF (4,096) bytes without blocking.
    private static var isReady: Bool {
        var descriptor = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 0) == 1 && descriptor.revents & Int16(POLLOUT) != 0
    }

    private static func send(_ text: String) {
        let bytes = Array(text.utf8.prefix(4096))
        _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
