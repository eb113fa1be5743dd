import ArgumentParser

/// A time on the command line: `50ms`, `1.5s`, or a bare number of milliseconds.
struct LatencyArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        let units: [(suffix: String, milliseconds: Double)] = [("ms", 1), ("s", 1_000), ("", 1)]
        for unit in units where argument.hasSuffix(unit.suffix) {
            guard let number = Double(argument.dropLast(unit.suffix.count)),
                (0...1_000_000).contains(number)
            else { return nil }
            duration = .milliseconds(number * unit.milliseconds)
            return
        }
        return nil
    }
}
