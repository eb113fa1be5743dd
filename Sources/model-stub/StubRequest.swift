import JSON

/// A request as the stub sees it, with its whole body.
struct StubRequest {
    /// In upper case.
    var method: String
    /// Without the query.
    var path: String
    /// The decoded query; of a repeated name the last value.
    var query: [String: String]
    /// Names in lower case, in the order they came.
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// The client lets the connection stay open.
    var keepsAlive = true

    init(
        method: String, target: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        let parts = target.split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map { Self.decoded($0) } ?? "/"
        query = [:]
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[Self.decoded(sides[0])] = sides.count > 1 ? Self.decoded(sides[1]) : ""
        }
        self.headers = headers.map { ($0.name.lowercased(), $0.value) }
        self.body = body
    }

    /// The first header of that name, given in lower case.
    func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }

    /// The body as JSON; nil when it is empty or not JSON.
    var json: JSONValue? {
        body.isEmpty ? nil : try? JSONValue(parsing: body)
    }

    private static func decoded(_ text: Substring) -> String {
        guard text.contains(where: { $0 == "%" || $0 == "+" }) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes.text
    }
}
