/// Reads the id from the beginning of a reply that is too large to be read whole.
enum ReplyHead {
    /// The id when the text begins `{"jsonrpc":"2.0","id":7,` or `{"id":7,`, spaces aside. Only
    /// there: further in, an `"id"` may be part of the content.
    static func id(_ head: [UInt8]) -> Int? {
        var rest = head.filter { ![0x20, 0x09, 0x0D].contains($0) }[...]
        guard skip(&rest, "{") else { return nil }
        _ = skip(&rest, #""jsonrpc":"2.0","#)
        guard skip(&rest, #""id":"#) else { return nil }
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard rest.dropFirst(digits.count).first == UInt8(ascii: ",") else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static func skip(_ bytes: inout ArraySlice<UInt8>, _ text: String) -> Bool {
        guard bytes.starts(with: text.utf8) else { return false }
        bytes = bytes.dropFirst(text.utf8.count)
        return true
    }
}
