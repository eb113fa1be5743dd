/// Durations as people write them in settings: 500ms, 30s, 5m, 2h; a bare number means seconds.
public enum DurationText {
    private static let units: [(suffix: String, milliseconds: Double)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// nil for what is not a duration, is negative or is beyond a hundred years.
    public static func parse(_ text: String) -> Duration? {
        let unit = units.first { text.hasSuffix($0.suffix) } ?? ("", 1000)
        let number = text.dropLast(unit.suffix.count)
        guard let value = Double(number), value >= 0, value * unit.milliseconds < 3.2e12,
            !number.contains(where: \.isLetter)
        else { return nil }
        return .microseconds(Int64(value * unit.milliseconds * 1000))
    }

    /// The shortest exact form in one unit.
    public static func format(_ duration: Duration) -> String {
        let milliseconds = duration.inMilliseconds
        for unit in units.reversed() where milliseconds % Int64(unit.milliseconds) == 0 {
            if milliseconds > 0 || unit.suffix == "s" {
                return "\(milliseconds / Int64(unit.milliseconds))\(unit.suffix)"
            }
        }
        return "\(milliseconds)ms"
    }
}
