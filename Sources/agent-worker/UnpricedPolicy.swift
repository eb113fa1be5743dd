import ArgumentParser
import JSON
import RunLog

/// `refuse`, `zero`, or `assume:2.5,10`: USD per million input and output tokens.
struct UnpricedPolicy: ExpressibleByArgument, Sendable {
    let policy: Budget.Unpriced

    init(_ policy: Budget.Unpriced) {
        self.policy = policy
    }

    init?(argument: String) {
        switch argument {
        case "refuse": policy = .refuse
        case "zero": policy = .zero
        default:
            guard let match = argument.wholeMatch(of: #/assume:([0-9.]+),([0-9.]+)/#),
                let input = Self.perToken(match.output.1),
                let output = Self.perToken(match.output.2)
            else { return nil }
            policy = .assume(input: input, output: output)
        }
    }

    var defaultValueDescription: String { "refuse" }

    private static func perToken(_ perMillion: Substring) -> JSONNumber? {
        guard Decimal(argument: String(perMillion)) != nil else { return nil }
        return JSONNumber(text: perMillion + "e-6")
    }
}
