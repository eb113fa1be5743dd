/// numeric in binary (numeric_send): digit count, weight, sign, display scale, then digits of base
/// 10,000, the first worth 10,000^weight. Written out exactly, with the display scale's zeros.
enum NumericText {
    static func decode(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count >= 8 else { return nil }
        let digitCount = Int(bytes.bigEndian(UInt16.self, at: 0))
        let weight = Int(bytes.bigEndian(Int16.self, at: 2))
        let sign = bytes.bigEndian(UInt16.self, at: 4)
        let scale = Int(bytes.bigEndian(UInt16.self, at: 6))
        // A scale has 14 bits.
        guard bytes.count == 8 + 2 * digitCount, scale < 1 << 14 else { return nil }
        switch sign {
        case 0xC000: return "NaN"
        case 0xD000: return "Infinity"
        case 0xF000: return "-Infinity"
        default: break
        }
        // No server sends another, but what is no digit would trap below.
        let digits = (0..<digitCount).map { bytes.bigEndian(UInt16.self, at: 8 + 2 * $0) }
        guard digits.allSatisfy({ $0 < 10_000 }) else { return nil }
        /// The base-10,000 digit worth 10,000^power, as four decimals.
        func group(_ power: Int) -> String {
            let index = weight - power
            let text = String(digits.indices.contains(index) ? digits[index] : 0)
            return String(repeating: "0", count: 4 - text.count) + text
        }
        var whole = ""
        if weight >= 0 {
            for power in stride(from: weight, through: 0, by: -1) { whole += group(power) }
        }
        let significant = whole.drop { $0 == "0" }
        var text = sign == 0x4000 ? "-" : ""
        text += significant.isEmpty ? "0" : String(significant)
        guard scale > 0 else { return text }
        var fraction = ""
        var power = -1
        // Bytes: counting characters is a walk, and would make this quadratic.
        while fraction.utf8.count < scale {
            fraction += group(power)
            power -= 1
        }
        return text + "." + fraction.prefix(scale)
    }
}
