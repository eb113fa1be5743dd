import Foundation

/// How often a fault strikes: a few times in the test suite, as often as `deploy/faults` says in a
/// run of its own.
enum FaultCount {
    /// Kills of workers at random moments.
    static let cycles = number("FAULT_CYCLES") ?? 12
    /// Restarts of the database.
    static let restarts = number("FAULT_RESTARTS") ?? 3
    /// Rounds of every other fault.
    static let rounds = number("FAULT_ROUNDS") ?? 1
    /// How long the soak lasts.
    static let soak = Duration.seconds(number("FAULT_SOAK_SECONDS") ?? 20)
    /// Where its samples go; nil: nowhere.
    static let soakDirectory = ProcessInfo.processInfo.environment["FAULT_SOAK_DIRECTORY"]

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}
