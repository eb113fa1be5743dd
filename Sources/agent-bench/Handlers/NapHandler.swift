import Jobs
import Journal
import Worker

/// Lasts as long as its payload's `nap_ms` says.
struct NapHandler: JobHandler {
    let kind = JobShape.Kind.nap.rawValue

    func run(_ job: ClaimedJob, journal: any Journal) async -> HandledRun {
        let time = job.payload["nap_ms"]?.intValue ?? 0
        try? await Task.sleep(for: .milliseconds(time))
        return HandledRun()
    }
}
