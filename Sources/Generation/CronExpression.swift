/// A cron expression of five fields, read to learn how often it comes due.
struct CronExpression {
    /// Minutes of the day at which it fires, ascending.
    private let times: [Int]
    private let days: Set<Int>
    private let months: Set<Int>
    private let weekdays: Set<Int>
    /// Whether a day is due when either day field names it: so when both are given (the rule of
    /// Vixie cron); else both must.
    private let eitherDay: Bool

    init(_ text: String) throws(CronError) {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count == CronField.allCases.count else { throw .fieldCount(fields.count) }
        let minutes = try CronField.minute.values(of: fields[0]).sorted()
        let hours = try CronField.hour.values(of: fields[1]).sorted()
        times = hours.flatMap { hour in minutes.map { hour * 60 + $0 } }
        days = try CronField.day.values(of: fields[2])
        months = try CronField.month.values(of: fields[3])
        weekdays = try CronField.weekday.values(of: fields[4])
        eitherDay = Self.isGiven(fields[2]) && Self.isGiven(fields[4])
    }

    /// The fewest minutes between two firings, over midnight too; nil when it never fires.
    var shortestGap: Int? {
        let (fires, onConsecutiveDays) = calendar()
        guard fires, let first = times.first, let last = times.last else { return nil }
        let minutesOfDay = 24 * 60
        // With a day off in between, the gap over it is longer than any that matters.
        let overnight = minutesOfDay - last + first + (onConsecutiveDays ? 0 : minutesOfDay)
        return zip(times.dropFirst(), times).map { $0 - $1 }.reduce(overnight, min)
    }

    /// Walks 28 years, after which leap years and weekdays repeat: whether any day is due, and
    /// whether two in a row are.
    private func calendar() -> (fires: Bool, onConsecutiveDays: Bool) {
        var weekday = 6  // 1 January 2000 was a Saturday
        var wasDue = false
        var fires = false
        for year in 2000..<2028 {
            for month in 1...12 {
                for day in 1...Self.length(of: month, in: year) {
                    let isDue = isDue(day, month, weekday)
                    if isDue && wasDue { return (true, true) }
                    fires = fires || isDue
                    wasDue = isDue
                    weekday = (weekday + 1) % 7
                }
            }
        }
        return (fires, false)
    }

    private func isDue(_ day: Int, _ month: Int, _ weekday: Int) -> Bool {
        guard months.contains(month) else { return false }
        let byDay = days.contains(day)
        let byWeekday = weekdays.contains(weekday)
        return eitherDay ? byDay || byWeekday : byDay && byWeekday
    }

    private static func isGiven(_ field: Substring) -> Bool {
        !field.hasPrefix("*") && !field.hasPrefix("?")
    }

    private static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
