import Jobs
import Postgres

/// Waits for the end of jobs by asking, ever less often: from 50 ms to a second apart.
enum Waiting {
    /// Their statuses once all have finished. Throws the failure of exit code 75 when the time is
    /// over, of 2 when one does not exist.
    static func finished(
        _ ids: [Int64], on queue: JobQueue, within limit: Duration?
    ) async throws -> [JobStatus] {
        let deadline = limit.map { ContinuousClock.now + $0 }
        var pause = Duration.milliseconds(50)
        while true {
            var statuses: [JobStatus] = []
            for id in ids { statuses.append(try await known(id, on: queue)) }
            guard let open = statuses.first(where: { !$0.isFinished }) else { return statuses }
            if let deadline, .now + pause > deadline {
                throw Failure(
                    "job \(open.id) is still \(open.state) after the given time: \(open.reason)",
                    exitCode: Failure.timedOut)
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 1.5, .seconds(1))
        }
    }

    /// A job's status, or the failure that says there is none.
    static func known(_ id: Int64, on queue: JobQueue) async throws -> JobStatus {
        guard let status = try await queue.status(id) else {
            throw Failure("there is no job \(id)")
        }
        return status
    }
}
