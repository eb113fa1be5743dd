/// What a simulation breaks on purpose, to show that it would be found.
enum Mutation: String, CaseIterable, CustomStringConvertible {
    /// `settle_jobs` ends a job by its id alone.
    case noFence
    /// `settle_jobs` asks only whether the job runs.
    case fenceByState
    /// `rescue_jobs` takes jobs of living workers.
    case rescueIgnoresHeartbeats
    /// `rescue_jobs` leaves jobs whose claim's answer was lost with their living worker.
    case orphansStay
    /// The worker does not stop its runs when its lease cannot be confirmed.
    case noSelfFence
    /// A settlement whose answer was lost is taken for done.
    case settlerForgets
    /// A later attempt does not replay the journal.
    case noReplay
    /// The worker does not give back what it interrupts: its shutdown waits for all runs to end.
    case drainWithoutEnd

    var description: String { rawValue }
}
