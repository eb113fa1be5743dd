/// Messages on their way to a server that takes them at its own pace.
struct Outbox {
    private struct Message {
        /// nil for what is not a request.
        var id: Int?
        var bytes: [UInt8]
    }

    private let maxBytes: Int
    private var messages: [Message] = []
    /// How much of the first message is written.
    private var offset = 0
    private var waiting = 0

    init(maxBytes: Int) {
        self.maxBytes = maxBytes
    }

    var isEmpty: Bool { messages.isEmpty }

    /// The bytes to write next.
    var next: ArraySlice<UInt8> { messages.first?.bytes[offset...] ?? [] }

    /// Takes a message as one line; false when too much waits already.
    mutating func add(_ bytes: [UInt8], id: Int?) -> Bool {
        guard waiting + bytes.count < maxBytes else { return false }
        messages.append(Message(id: id, bytes: bytes + [0x0A]))
        waiting += bytes.count + 1
        return true
    }

    /// Notes that so many bytes of `next` are written.
    mutating func wrote(_ count: Int) {
        guard let first = messages.first else { return }
        offset += count
        waiting -= count
        if offset == first.bytes.count {
            messages.removeFirst()
            offset = 0
        }
    }

    /// Whether the last byte of a request is written. Without its line end no server reads it.
    func isWritten(_ id: Int) -> Bool { !messages.contains { $0.id == id } }

    /// Takes back a request of which nothing is written; false when it is too late.
    mutating func withdraw(_ id: Int) -> Bool {
        guard let index = messages.firstIndex(where: { $0.id == id }), index > 0 || offset == 0
        else { return false }
        waiting -= messages[index].bytes.count
        messages.remove(at: index)
        return true
    }
}
