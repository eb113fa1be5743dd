import Foundation

/// What one fault did, a row of the table that `deploy/faults` ends with.
struct FaultRow: Sendable {
    let fault: String
    /// How often it struck.
    var runs = 0
    var jobs = 0
    /// Acknowledged jobs that are gone.
    var lost = 0
    /// Jobs that came to an end more than once.
    var doubled = 0
    /// Model calls made again although their reply was in the journal, and requests that the
    /// provider saw and `token_usage` does not know.
    var repaid = 0
    /// Jobs that did not end.
    var stuck = 0
    /// What `invariant_violations` held at any look.
    var violations = 0
    /// The longest time from the end of the fault to the end of the next job, in seconds.
    var recovery: Double?
    /// Attempts that a rescue took back, and calls whose outcome stayed unknown: what the fault hit.
    var crashes = 0
    var unknown = 0

    var isClean: Bool { isWhole && lost == 0 && repaid == 0 }
    /// What must hold even where the database has forgotten commits.
    var isWhole: Bool { doubled == 0 && stuck == 0 && violations == 0 }

    /// The line `deploy/faults` makes its table of.
    var line: String {
        let fields = [
            fault, "\(runs)", "\(jobs)", "\(lost)", "\(doubled)", "\(repaid)", "\(stuck)",
            "\(violations)", recovery.map { String(format: "%.1f s", $0) } ?? "-", "\(crashes)",
            "\(unknown)",
        ]
        return "FAULT|" + fields.joined(separator: "|")
    }
}
