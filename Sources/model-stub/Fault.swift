/// One fault, as it was asked for: `NAME` or `NAME:NUMBER`.
struct Fault: Hashable, CustomStringConvertible {
    /// Which fault.
    let kind: FaultKind
    /// Its number: milliseconds, seconds, megabytes, a status, a depth. 0 for faults without one.
    let number: Int

    /// Reads `NAME` or `NAME:NUMBER`.
    init(parsing text: String) throws(FaultError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, let kind = FaultKind(rawValue: String(name)) else {
            throw FaultError(text: text, reason: "no such fault; see model-stub --help")
        }
        guard let preset = kind.defaultNumber else {
            guard parts.count == 1 else {
                throw FaultError(text: text, reason: "\(name) takes no number")
            }
            self.kind = kind
            self.number = 0
            return
        }
        var number = preset
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...Self.largestNumber).contains(given) else {
                throw FaultError(text: text, reason: "expected \(kind.help.usage)")
            }
            number = given
        }
        if kind == .status && !(200...599).contains(number) {
            throw FaultError(text: text, reason: "a status is between 200 and 599")
        }
        self.kind = kind
        self.number = number
    }

    var description: String {
        kind.defaultNumber == nil ? kind.rawValue : "\(kind.rawValue):\(number)"
    }

    /// Far above any use, and small enough that no arithmetic with it overflows.
    private static let largestNumber = 1_000_000_000
}
