/// Finds out whether a provider's message quotes the request it was an answer to.
///
/// Some refusals repeat the offending input; such a message must not reach a log. A quotation is
/// a run of 16 bytes that the message shares with the conversation, or a whole short text of it.
struct PromptEcho {
    private static let window = 16

    /// Whether `message` repeats any text of the request.
    static func isQuoted(_ request: ChatRequest, in message: String) -> Bool {
        let message = Array(message.utf8.prefix(Redaction.scannedBytes))
        let windows = Set(hashes(message))
        for text in texts(request) {
            let bytes = Array(text.utf8)
            if bytes.count < window {
                if bytes.count >= 4, message.contains(bytes) { return true }
            } else if hashes(bytes).contains(where: { windows.contains($0) }) {
                return true
            }
        }
        return false
    }

    private static func texts(_ request: ChatRequest) -> [String] {
        request.messages.flatMap { message in
            [message.content, message.refusal].compactMap { $0 }
                + message.toolCalls.map(\.arguments)
        }
    }

    /// The rolling hash of each window. A collision only costs a message its text.
    private static func hashes(_ bytes: [UInt8]) -> [UInt64] {
        guard bytes.count >= window else { return [] }
        let base: UInt64 = 1_099_511_628_211
        var leading: UInt64 = 1
        for _ in 1..<window { leading = leading &* base }
        var result: [UInt64] = []
        result.reserveCapacity(bytes.count)
        var hash: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            if index >= window {
                hash = hash &- (UInt64(bytes[index - window]) &+ 1) &* leading
            }
            hash = hash &* base &+ UInt64(byte) &+ 1
            if index >= window - 1 { result.append(hash) }
        }
        return result
    }
}
