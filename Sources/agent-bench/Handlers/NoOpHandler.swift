import JSON
import Jobs
import Journal
import Worker

/// Does nothing, for the cost of the queue alone: no records but the job's state and its ledger row.
struct NoOpHandler: JobHandler {
    let kind = JobShape.Kind.noOp.rawValue

    func run(_ job: ClaimedJob, journal: any Journal) async -> HandledRun { HandledRun() }
}
