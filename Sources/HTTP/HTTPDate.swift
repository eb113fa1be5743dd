import FoundationEssentials

/// The times found in headers: RFC 3339, and the three date forms of RFC 9110 §5.6.7. Only what
/// they have in common is checked; a weekday that does not fit its date is ignored.
enum HTTPDate {
    /// Nil when the text is none of the forms, or names no day of the calendar.
    static func parse(_ text: ArraySlice<UInt8>) -> Date? {
        guard text.count >= 19 else { return nil }
        var scanner = HTTPDateScanner(rest: text)
        return (0x30...0x39).contains(text[text.startIndex])
            ? scanner.internetTime() : scanner.httpDate()
    }

    /// From `now` to `date`, zero when it has passed.
    static func duration(from now: Date, to date: Date) -> Duration {
        let seconds = date.timeIntervalSince(now)
        guard seconds > 0 else { return .zero }
        let longest = Double(HTTPDuration.longest.components.seconds)
        // Milliseconds: a Date is no finer in this century than some 0.1 µs.
        return .milliseconds(Int64((min(seconds, longest) * 1000).rounded()))
    }
}
