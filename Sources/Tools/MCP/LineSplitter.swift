/// Cuts a stream of bytes into lines of bounded length.
struct LineSplitter {
    enum Line: Equatable {
        case whole([UInt8])
        /// A line over the limit: its beginning; the rest is thrown away as it comes.
        case tooLong(head: [UInt8])
    }

    private static let headBytes = 256

    private let maxBytes: Int
    private var pending: [UInt8] = []
    private var isSkipping = false

    init(maxBytes: Int) {
        self.maxBytes = maxBytes
    }

    /// Takes the next bytes and returns the lines they complete, without their ends; empty lines
    /// are left out. A line is reported as too long as soon as it is.
    mutating func append(_ bytes: some Collection<UInt8>) -> [Line] {
        var lines: [Line] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            if let line = take(rest[..<end]) { lines.append(line) }
            if !isSkipping, !pending.isEmpty { lines.append(.whole(pending)) }
            pending.removeAll(keepingCapacity: pending.capacity <= 64 << 10)
            isSkipping = false
            rest = rest[rest.index(after: end)...]
        }
        if let line = take(rest) { lines.append(line) }
        return lines
    }

    private mutating func take(_ bytes: some Collection<UInt8>) -> Line? {
        guard !isSkipping else { return nil }
        pending.append(contentsOf: bytes)
        guard pending.count > maxBytes else { return nil }
        isSkipping = true
        defer { pending = [] }
        return .tooLong(head: Array(pending.prefix(Self.headBytes)))
    }
}
