import FoundationEssentials

/// Reads the fixed-form fields of a date from the front of a text.
struct HTTPDateScanner {
    var rest: ArraySlice<UInt8>

    /// `1994-11-06T08:49:37.25+01:00`
    mutating func internetTime() -> Date? {
        guard let year = number(4), skip("-"), let month = number(2), skip("-"),
            let day = number(2), skip("T") || skip("t") || skip(" "),
            let time = timeOfDay(), let fraction = fraction(), let offset = offset(), rest.isEmpty
        else { return nil }
        return Self.date(year, month, day, time - offset)?.addingTimeInterval(fraction)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`,
    /// `Sun Nov  6 08:49:37 1994`
    mutating func httpDate() -> Date? {
        while let byte = rest.first, byte != 0x2C, byte != 0x20 { rest = rest.dropFirst() }
        return skip(",") ? commaDate() : ansiDate()
    }

    private mutating func commaDate() -> Date? {
        guard skip(" "), let day = number(2), skip(" ") || skip("-"), let month = month(),
            skip(" ") || skip("-"), let year = number(4) ?? shortYear(), skip(" "),
            let time = timeOfDay(), skip(" GMT") || skip(" UTC"), rest.isEmpty
        else { return nil }
        return Self.date(year, month, day, time)
    }

    private mutating func ansiDate() -> Date? {
        guard skip(" "), let month = month(), skip(" "),
            let day = skip(" ") ? number(1) : number(2), skip(" "), let time = timeOfDay(),
            skip(" "), let year = number(4), rest.isEmpty
        else { return nil }
        return Self.date(year, month, day, time)
    }

    /// RFC 9110: two digits mean the century that puts the year no more than 50 ahead. Dates in
    /// headers are of our time, so the boundary is fixed.
    private mutating func shortYear() -> Int? {
        number(2).map { $0 < 80 ? 2000 + $0 : 1900 + $0 }
    }

    private mutating func timeOfDay() -> Int? {
        guard let hour = number(2), hour < 24, skip(":"), let minute = number(2), minute < 60,
            skip(":"), let second = number(2), second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private mutating func fraction() -> Double? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits.isEmpty ? nil : Double("0." + String(decoding: digits, as: UTF8.self))
    }

    private mutating func offset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hour = number(2), hour < 24, skip(":"), let minute = number(2),
            minute < 60
        else { return nil }
        return sign * (hour * 3600 + minute * 60)
    }

    private mutating func number(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private mutating func month() -> Int? {
        let name = String(decoding: rest.prefix(3), as: UTF8.self)
        let names = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        guard let index = names.firstIndex(of: name) else { return nil }
        rest = rest.dropFirst(3)
        return index + 1
    }

    private mutating func skip(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private static func date(_ year: Int, _ month: Int, _ day: Int, _ seconds: Int) -> Date? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), (1...lengths[month - 1]).contains(day) else { return nil }
        // Days since 1 March of year 0, so that the leap day is the last of its year.
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        return Date(timeIntervalSince1970: Double(days * 86_400 + seconds))
    }
}
