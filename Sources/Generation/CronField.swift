/// One of the five fields of a cron expression, and how it is read.
enum CronField: String, CaseIterable {
    case minute, hour
    case day = "day of month"
    case month
    case weekday = "day of week"

    private var range: ClosedRange<Int> {
        switch self {
        case .minute: 0...59
        case .hour: 0...23
        case .day: 1...31
        case .month: 1...12
        case .weekday: 0...7  // both 0 and 7 are Sunday
        }
    }

    private var names: [Substring] {
        switch self {
        case .month:
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        case .minute, .hour, .day: []
        }
    }

    /// The values a field stands for: lists of `*`, `a`, `a-b`, each with an optional `/step`;
    /// `?` is `*` in the two day fields, `a/step` is `a-last/step`.
    func values(of text: Substring) throws(CronError) -> Set<Int> {
        var values: Set<Int> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            values.formUnion(try self.values(ofItem: item))
        }
        if self == .weekday, values.remove(7) != nil { values.insert(0) }
        return values
    }

    private func values(ofItem item: Substring) throws(CronError) -> Set<Int> {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let step = parts.count == 2 ? Int(parts[1]) : 1
        guard let step, step > 0, let span = span(parts[0], isOpen: parts.count == 2) else {
            throw .field(self)
        }
        return Set(stride(from: span.lowerBound, through: span.upperBound, by: step))
    }

    private func span(_ text: Substring, isOpen: Bool) -> ClosedRange<Int>? {
        if text == "*" || (text == "?" && (self == .day || self == .weekday)) {
            // Sunday once: a step over 0...7 would fall on the second one.
            return self == .weekday ? 0...6 : range
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let first = value(ends[0]) else { return nil }
        guard ends.count == 2 else { return first...(isOpen ? max(first, last) : first) }
        guard let second = value(ends[1]) else { return nil }
        let upper = self == .weekday && second == 0 && first > 0 ? 7 : second
        return first <= upper ? first...upper : nil
    }

    private var last: Int { self == .weekday ? 6 : range.upperBound }

    private func value(_ text: Substring) -> Int? {
        if let name = names.firstIndex(of: Substring(text.lowercased())) {
            return name + (self == .month ? 1 : 0)
        }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            range.contains(number)
        else { return nil }
        return number
    }
}
