import JSON
import Journal
import Synchronization

/// How to undo the steps that are done; shared by everything that runs side by side.
final class RollbackLog: Sendable {
    /// What undoes one step.
    struct Entry: Sendable {
        /// The step's place in the run.
        var path: String
        var action: ActionReference
        /// The arguments as they were when the step was done, or why they could not be made.
        var arguments: Result<JSONValue, RunFailure>
    }

    private let entries = Mutex<[Entry]>([])

    func note(_ entry: Entry) {
        entries.withLock { $0.append(entry) }
    }

    /// The steps that were done last come first.
    var newestFirst: [Entry] { entries.withLock { $0.reversed() } }
}
