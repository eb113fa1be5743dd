/// Where a provider's key comes from: a value, or a closure that reads it anew for each call, so
/// that a rotated key needs no restart. Prints as a mark, never as the key.
public struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    private let read: @Sendable () -> String?

    /// A fixed key.
    public init(_ value: String) {
        read = { value }
    }

    /// A key read at each call; nil when there is none. The closure must not block for long.
    public init(reading read: @escaping @Sendable () -> String?) {
        self.read = read
    }

    /// The key without the line ends of a file; nil when there is none, or when it has characters
    /// that do not belong into a header.
    func value() -> String? {
        guard let raw = read() else { return nil }
        var bytes = Array(raw.utf8)[...]
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    public var description: String { Redaction.mark }
    public var debugDescription: String { Redaction.mark }
}
