import FoundationEssentials
import Synchronization

/// The outputs a run keeps for equal steps; shared by everything that runs side by side.
final class StepCache: Sendable {
    private struct Entry {
        var output: StepOutput
        var expiry: Date?
    }

    private let entries = Mutex<[String: Entry]>([:])

    func output(for key: String, now: Date) -> StepOutput? {
        entries.withLock { entries in
            guard let entry = entries[key] else { return nil }
            if let expiry = entry.expiry, expiry <= now {
                entries[key] = nil
                return nil
            }
            return entry.output
        }
    }

    func keep(_ output: StepOutput, for key: String, timeToLive: Duration?, now: Date) {
        let expiry = timeToLive.map { now + $0 / .seconds(1) }
        entries.withLock { $0[key] = Entry(output: output, expiry: expiry) }
    }
}
