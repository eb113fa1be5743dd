import ArgumentParser
import JSON

/// An amount of money on the command line, kept as the decimal it was written as.
struct Decimal: ExpressibleByArgument, Sendable {
    let number: JSONNumber

    init?(argument: String) {
        guard let number = JSONNumber(text: argument), number >= 0, argument.utf8.count <= 30,
            !argument.contains(where: \.isLetter)
        else { return nil }
        self.number = number
    }
}
