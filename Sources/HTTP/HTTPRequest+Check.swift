/// What HTTP can't carry is refused before anything is sent.
extension HTTPRequest {
    /// The fault of the method or the headers in words without any value, or nil.
    var fault: String? {
        guard Self.isToken(method) else { return "the method is not a token" }
        for field in headers {
            guard Self.isToken(field.name) else { return "a header name is not a token" }
            if Self.framing.contains(field.name.lowercased()) {
                return "header \(field.name) belongs to the client"
            }
            if field.value.utf8.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) {
                return "the value of header \(field.name) holds a line break or NUL"
            }
        }
        return nil
    }

    /// Fields that frame the message; a second opinion on them is how requests are smuggled.
    private static let framing: Set<String> = [
        "connection", "content-length", "expect", "transfer-encoding", "upgrade",
    ]

    /// RFC 9110 §5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
                }
            }
    }
}
