import EventLoop
import FoundationEssentials
import Glibc
import Jobs

/// Tells systemd how the service is (sd_notify(3)): datagrams to the socket in NOTIFY_SOCKET.
/// Without that variable it does nothing.
public struct ServiceNotifier: Sendable {
    private let socketPath: String?
    /// How often the watchdog must be fed; nil when systemd set none for this process.
    public let watchdogInterval: Duration?

    public init(environment: [String: String]) {
        socketPath = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        watchdogInterval = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
            .flatMap { isForUs && $0 > 0 ? .microseconds($0 / 2) : nil }
    }

    public func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
    public func status(_ status: String) { send("STATUS=\(status)") }
    public func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(status)") }
    public func feedWatchdog() { send("WATCHDOG=1") }

    /// Asks for more time while draining: the service counts as alive for so long from now.
    public func extendTimeout(_ time: Duration) {
        send("EXTEND_TIMEOUT_USEC=\(time.inMilliseconds * 1000)")
    }

    private func send(_ message: String) {
        guard let socketPath else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        // A leading @ stands for an abstract address, whose first byte is NUL.
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + path.count)
        let bytes = Array(message.utf8)
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                // A full socket must not stop the worker: the next report follows soon.
                _ = sendto(
                    descriptor, bytes, bytes.count,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT), $0, length)
            }
        }
    }
}
