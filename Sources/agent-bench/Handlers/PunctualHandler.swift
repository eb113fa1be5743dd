import Glibc
import Jobs
import Journal
import Worker

/// Says on standard output when each job's handler began: its number and the nanoseconds of the
/// clock that all processes of the machine share.
struct PunctualHandler: JobHandler {
    let kind = JobShape.Kind.noOp.rawValue

    func run(_ job: ClaimedJob, journal: any Journal) async -> HandledRun {
        let line = "\(job.id) \(MachineClock.nanoseconds)\n"
        _ = Array(line.utf8).withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
        return HandledRun()
    }
}
