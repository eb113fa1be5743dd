import JSON

/// Fills the `{placeholders}` of a definition's success message.
enum SuccessMessage {
    /// `{count}` and `{itemsReturned}` are the number of items, other names paths into the data. A
    /// placeholder without a value stays as it is written.
    static func fill(_ template: String, data: JSONValue, itemsReturned: Int) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = rest[rest.index(after: open)..<close]
            result += rest[..<open]
            result +=
                value(name, data: data, itemsReturned: itemsReturned)
                .map { Substring($0) } ?? rest[open...close]
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private static func value(
        _ name: Substring, data: JSONValue, itemsReturned: Int
    ) -> String? {
        guard let path = ArgumentPath(parsing: name) else { return nil }
        switch path.value(in: data) {
        case .string(let text): return text
        case .number(let number): return number.text
        case .bool(let bool): return bool ? "true" : "false"
        default: return ["count", "itemsReturned"].contains(name) ? String(itemsReturned) : nil
        }
    }
}
