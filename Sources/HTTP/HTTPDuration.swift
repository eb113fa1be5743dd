import FoundationEssentials

/// Reads the many ways in which servers say "in so long" in a header.
///
/// | text | means |
/// |---|---|
/// | `30`, `1.5` | seconds, or another unit the header's name implies |
/// | `6m0s`, `59.5s`, `12ms`, `1h30m0s` | a sum of `d h m s ms µs us ns` |
/// | `2026-01-02T03:04:05Z` | a time (RFC 3339) |
/// | `Fri, 02 Jan 2026 03:04:05 GMT` | a time (RFC 9110 §5.6.7, all three forms) |
public enum HTTPDuration {
    /// What a number without a unit counts.
    public enum Unit: Sendable {
        case seconds
        case milliseconds
    }

    /// The longest duration returned; longer ones are cut to it (100 years of 365 days).
    public static let longest = Duration.seconds(100 * 365 * 86_400)

    /// The time from `now` that `text` names; nil when it is empty, negative or none of the forms.
    /// A time that has passed is zero.
    public static func parse(
        _ text: String, unit: Unit = .seconds, now: Date
    ) -> Duration? {
        let bytes = trimmed(text)
        guard let first = bytes.first else { return nil }
        if let date = HTTPDate.parse(bytes) {
            return HTTPDate.duration(from: now, to: date)
        }
        guard (0x30...0x39).contains(first) || first == UInt8(ascii: ".") else { return nil }
        return sum(
            bytes, bare: unit == .seconds ? attosecondsPerSecond : attosecondsPerSecond / 1000)
    }

    private static func trimmed(_ text: String) -> ArraySlice<UInt8> {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        var bytes = Array(text.utf8).drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes = bytes.dropLast() }
        return bytes
    }

    private static let attosecondsPerSecond: Int128 = 1_000_000_000_000_000_000

    /// Attoseconds in each unit; a longer name comes before its own prefix.
    private static let units: [(name: [UInt8], attoseconds: Int128)] = [
        ("ms", attosecondsPerSecond / 1000),
        ("us", attosecondsPerSecond / 1_000_000),
        // Micro sign and Greek mu.
        ("\u{B5}s", attosecondsPerSecond / 1_000_000),
        ("\u{3BC}s", attosecondsPerSecond / 1_000_000),
        ("ns", attosecondsPerSecond / 1_000_000_000),
        ("d", attosecondsPerSecond * 86_400),
        ("h", attosecondsPerSecond * 3600),
        ("m", attosecondsPerSecond * 60),
        ("s", attosecondsPerSecond),
    ].map { (Array($0.0.utf8), $0.1) }

    /// A number alone, or numbers each with a unit.
    private static func sum(_ bytes: ArraySlice<UInt8>, bare: Int128) -> Duration? {
        var rest = bytes
        var total: Int128 = 0
        while !rest.isEmpty {
            guard let number = Decimal(&rest) else { return nil }
            if rest.isEmpty, number.isWhole(of: bytes) {
                total = number.times(bare)
            } else if let unit = units.first(where: { rest.starts(with: $0.name) }) {
                rest = rest.dropFirst(unit.name.count)
                total = min(total + number.times(unit.attoseconds), HTTPDuration.cap)
            } else {
                return nil
            }
        }
        let capped = min(total, cap)
        return Duration(
            secondsComponent: Int64(capped / attosecondsPerSecond),
            attosecondsComponent: Int64(capped % attosecondsPerSecond))
    }

    private static let cap = Int128(longest.components.seconds) * attosecondsPerSecond

    /// A decimal number as a whole number and a power of ten, exact to 15 digits after leading
    /// zeros; further decimals are dropped, further digits before the point mean "very much".
    private struct Decimal {
        private var digits: Int128 = 0
        private var divisor: Int128 = 1
        private var isHuge = false
        private let end: Int

        init?(_ rest: inout ArraySlice<UInt8>) {
            var digitsSeen = 0
            var isFraction = false
            while let byte = rest.first {
                if byte == UInt8(ascii: "."), !isFraction {
                    isFraction = true
                } else if (0x30...0x39).contains(byte) {
                    digitsSeen += 1
                    if digits < 100_000_000_000_000, divisor < 1_000_000_000_000_000 {
                        digits = digits * 10 + Int128(byte - 0x30)
                        if isFraction { divisor *= 10 }
                    } else if !isFraction {
                        isHuge = true
                    }
                } else {
                    break
                }
                rest = rest.dropFirst()
            }
            guard digitsSeen > 0 else { return nil }
            end = rest.startIndex
        }

        /// Whether the number is the whole of `text`.
        func isWhole(of text: ArraySlice<UInt8>) -> Bool {
            end == text.endIndex && !text.contains { $0 != 0x2E && !(0x30...0x39).contains($0) }
        }

        func times(_ unit: Int128) -> Int128 {
            isHuge ? HTTPDuration.cap : min(digits * unit / divisor, HTTPDuration.cap)
        }
    }
}
