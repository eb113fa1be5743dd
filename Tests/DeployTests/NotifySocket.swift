import Foundation
import TestSupport

/// The service manager's end of sd_notify(3): a datagram socket, and what arrived on it.
final class NotifySocket {
    enum Kind: String, Sendable, CaseIterable { case path, abstract }

    /// The value of NOTIFY_SOCKET.
    let address: String
    private let descriptor: Int32
    private(set) var messages: [String] = []

    init(_ kind: Kind) throws {
        let label = "agent-worker-notify-\(UUID().uuidString.prefix(13))"
        address = kind == .path ? "/tmp/\(label)" : "@\(label)"
        descriptor = socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(address.utf8)
        if kind == .abstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        let length = (MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0) + bytes.count
        let bound = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(length))
            }
        }
        guard descriptor >= 0, bound == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    deinit {
        close(descriptor)
        if address.first == "/" { unlink(address) }
    }

    /// Waits for a message with a line that begins like this, and returns that line.
    @discardableResult
    func waitForLine(
        _ prefix: String, after count: Int = 0, within limit: Duration = .seconds(30)
    ) async throws -> String {
        var found: String?
        do {
            try await eventually(within: limit, "a notification \(prefix)") {
                receive()
                found = lines.dropFirst(count).first { $0.hasPrefix(prefix) }
                return found != nil
            }
        } catch let error as TimedOut {
            throw NotificationMissing(description: "\(error); received: \(lines)")
        }
        return found ?? ""
    }

    /// Every line received so far, in order.
    var lines: [String] {
        messages.flatMap { $0.split(separator: "\n").map(String.init) }
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return }
            messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}

/// A notification that did not come in time.
struct NotificationMissing: Error, CustomStringConvertible {
    let description: String
}
