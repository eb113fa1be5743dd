/// Where a provider's endpoints begin. A query in it stays behind the path of each endpoint.
struct BaseURL {
    private let path: String
    private let query: String

    init(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts[0]
        while path.last == "/" { path.removeLast() }
        self.path = String(path)
        query = parts.count == 2 ? String(parts[1]) : ""
    }

    /// The URL of an endpoint, whose path begins with a slash.
    func appending(_ endpoint: String, query more: String = "") -> String {
        let query = [query, more].filter { !$0.isEmpty }.joined(separator: "&")
        return path + endpoint + (query.isEmpty ? "" : "?\(query)")
    }

    /// The host without its port; empty when there is none.
    var host: String {
        let parts = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return "" }
        let authority = parts[2].prefix { $0 != "/" }
        let host = authority.split(separator: "@").last ?? ""
        return String(host.prefix { $0 != ":" })
    }

    /// One segment of a path, with everything encoded that is no letter, digit or one of `-._~`
    /// (RFC 3986 §2.3).
    static func segment(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.append(Character(Unicode.Scalar(byte)))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
