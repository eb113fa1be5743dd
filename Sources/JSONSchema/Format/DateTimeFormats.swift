/// Dates and times of RFC 3339.
enum DateTimeFormats {
    private static let date = FormatPattern("[0-9]{4}-[0-9]{2}-[0-9]{2}")
    private static let time = FormatPattern(
        "(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]+)?"
            + "(?:[zZ]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])")
    private static let duration = FormatPattern(
        "P(?:[0-9]+W|(?:(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)"
            + "(?:T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S))?"
            + "|T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)))")

    static func isDate(_ text: String) -> Bool {
        guard date.matches(text) else { return false }
        let parts = text.split(separator: "-").compactMap { Int($0) }
        let (year, month, day) = (parts[0], parts[1], parts[2])
        guard (1...12).contains(month) else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }

    static func isTime(_ text: String) -> Bool {
        guard time.matches(text) else { return false }
        let bytes = Array(text.utf8)
        func number(_ position: Int) -> Int {
            Int(bytes[position] - 48) * 10 + Int(bytes[position + 1] - 48)
        }
        guard number(6) == 60 else { return true }
        // A leap second is the last of a day of UTC.
        var minutes = number(0) * 60 + number(3)
        if let sign = bytes.dropFirst(8).lastIndex(where: { $0 == 43 || $0 == 45 }) {
            let offset = number(sign + 1) * 60 + number(sign + 4)
            minutes += bytes[sign] == 45 ? offset : -offset
        }
        return (minutes + 2880) % 1440 == 1439
    }

    static func isDateTime(_ text: String) -> Bool {
        guard let split = text.firstIndex(where: { $0 == "T" || $0 == "t" }) else { return false }
        return isDate(String(text[..<split])) && isTime(String(text[text.index(after: split)...]))
    }

    /// RFC 3339, appendix A.
    static func isDuration(_ text: String) -> Bool { duration.matches(text) }
}
