import Foundation

/// How many times as long as usual the tests wait, and let a lease last: `AGENT_WORKER_TEST_PATIENCE`, a whole
/// number from 1 to 100, 1 unless set. For programs that are slower than themselves, as under a sanitizer.
public enum Patience {
    public static let factor: Int = {
        let name = "AGENT_WORKER_TEST_PATIENCE"
        guard let text = ProcessInfo.processInfo.environment[name] else { return 1 }
        guard let factor = Int(text), (1...100).contains(factor) else {
            preconditionFailure("\(name) must be a whole number from 1 to 100, not \(text)")
        }
        return factor
    }()

    /// A lease as a setting of the worker.
    public static func lease(seconds: Int) -> String { "\(seconds * factor)s" }
}
