/// Markdown headings of level 1 and 2, which the platform keeps for itself where it puts an
/// agent's texts under headings of its own. The rule is `^(# |## )` on any line, no more: `#tag`,
/// `##` alone and `### Title` are harmless.
enum Headings {
    static func areTooHigh(in text: String) -> Bool {
        scan(text.utf8) { _ in }
    }

    /// The text with such headings lowered to level 3: nothing is lost.
    static func lowered(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 8)
        scan(text.utf8) { bytes.append(contentsOf: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Hands out the text in pieces, with the missing marks added; tells whether any was missing.
    @discardableResult
    private static func scan(
        _ utf8: String.UTF8View, _ emit: ([UInt8]) -> Void
    ) -> Bool {
        let bytes = Array(utf8)
        let mark = UInt8(ascii: "#")
        let space = UInt8(ascii: " ")
        var found = false
        var start = 0
        while start < bytes.count {
            let newline = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D }
            let end = newline.map { $0 + 1 } ?? bytes.count
            let line = bytes[start..<end]
            let level = line.prefix { $0 == mark }.count
            if (1...2).contains(level), line.dropFirst(level).first == space {
                found = true
                emit([UInt8](repeating: mark, count: 3 - level))
            }
            emit(Array(line))
            start = end
        }
        return found
    }
}
