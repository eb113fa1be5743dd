import FoundationEssentials

/// timestamptz in binary: microseconds since 2000-01-01 00:00 UTC, the extremes meaning infinity.
enum Timestamp {
    /// Seconds from PostgreSQL's epoch (2000-01-01) to Foundation's reference date (2001-01-01).
    private static let epochOffset = 31_622_400.0

    static func microseconds(_ date: Date) -> Int64 {
        let value = ((date.timeIntervalSinceReferenceDate + epochOffset) * 1_000_000).rounded()
        if value.isNaN || value >= 9.2e18 { return .max }
        if value <= -9.2e18 { return .min }
        return Int64(value)
    }

    static func date(_ microseconds: Int64) -> Date {
        if microseconds == .max { return .distantFuture }
        if microseconds == .min { return .distantPast }
        return Date(
            timeIntervalSinceReferenceDate: Double(microseconds) / 1_000_000 - epochOffset)
    }
}
