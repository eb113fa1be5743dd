import JSON

/// Adds numbers: exactly as long as all are integers that fit, else as doubles.
struct JSONSum {
    private var int: Int? = 0
    private(set) var double = 0.0
    private(set) var count = 0

    /// What is no number is left out; a text that writes a number counts as one.
    mutating func add(_ value: JSONValue) {
        guard let number = Self.number(value) else { return }
        count += 1
        double += number.double
        guard let int, let next = number.int else {
            self.int = nil
            return
        }
        let (sum, overflow) = int.addingReportingOverflow(next)
        self.int = overflow ? nil : sum
    }

    var json: JSONValue { int.map { JSONValue($0) } ?? JSONValue(double) }

    static func number(_ value: JSONValue) -> JSONNumber? {
        switch value {
        case .number(let number): number
        case .string(let text): JSONNumber(text: text)
        default: nil
        }
    }
}
