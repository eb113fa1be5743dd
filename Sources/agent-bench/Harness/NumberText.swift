import FoundationEssentials

/// Numbers as people read them in a table.
enum NumberText {
    /// Three significant digits below 100, whole numbers with thousands separated above.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        let size = abs(value)
        if size >= 100 || size == size.rounded() && size < 1_000 { return grouped(value.rounded()) }
        let decimals = size >= 10 ? 1 : size >= 1 ? 2 : 3
        return fixed(value, decimals)
    }

    /// With so many decimals.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let whole = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(whole) }
        let digits = String(whole)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    private static func grouped(_ value: Double) -> String {
        var text = String(Int64(abs(value)))
        var parts: [Substring] = []
        while text.count > 3 {
            parts.insert(text.suffix(3), at: 0)
            text.removeLast(3)
        }
        parts.insert(text[...], at: 0)
        return (value < 0 ? "-" : "") + parts.joined(separator: ",")
    }
}
