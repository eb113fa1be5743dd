import ArgumentParser
import FoundationEssentials
import JSON
import Jobs

/// What every way to enqueue one job has in common.
struct EnqueueOptions: ParsableArguments {
    @Option(help: "The queue.")
    var queue = "default"

    @Option(help: "0 (first) to 9 (last).")
    var priority = 0

    @Option(
        help: ArgumentHelp("When the job falls due, as 2026-01-31T08:00:00Z.", valueName: "time"))
    var runAt: String?

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Due after this time, such as 30s, 10m or 2h.", valueName: "time"))
    var delay: String?

    @Option(help: ArgumentHelp("Attempts before the job fails for good.", valueName: "n"))
    var maxAttempts = 3

    @Option(
        help: ArgumentHelp(
            "Time limit of one attempt, such as 5m (default: the worker's).", valueName: "time"))
    var jobTimeout: String?

    @Option(
        help: ArgumentHelp(
            "While a job with this key is unfinished or has completed, its id is answered instead.",
            valueName: "key"))
    var uniqueKey: String?

    @Flag(help: "Wait for the job's end and print its status; exit 1 when it failed.")
    var wait = false

    @Option(
        help: ArgumentHelp("With --wait: give up after this time (exit 75).", valueName: "time"))
    var timeout: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if runAt != nil && delay != nil {
            throw ValidationError("--run-at and --in exclude each other: give one")
        }
        if let runAt, (try? Date(runAt, strategy: .iso8601)) == nil {
            throw ValidationError("--run-at \(runAt): write a time as 2026-01-31T08:00:00Z")
        }
        for (name, text) in [
            ("--in", delay), ("--job-timeout", jobTimeout), ("--timeout", timeout),
        ] {
            if let text, DurationText.parse(text) == nil {
                throw ValidationError("\(name) \(text): write a time as 500ms, 30s, 10m or 2h")
            }
        }
        if !(0...9).contains(priority) {
            throw ValidationError("--priority \(priority): must be 0 (first) to 9")
        }
        if !(1...100).contains(maxAttempts) {
            throw ValidationError("--max-attempts \(maxAttempts): must be 1 to 100")
        }
    }

    /// Fills in what these options say of a job; `now` is the database's time.
    func apply(to job: inout JobRequest, now: Date?) {
        job.queue = queue
        job.priority = priority
        job.maxAttempts = maxAttempts
        job.uniqueKey = uniqueKey
        job.runAt = runAt.flatMap { try? Date($0, strategy: .iso8601) }
        if let delay = delay.flatMap({ DurationText.parse($0) }) {
            job.runAt = now?.addingTimeInterval(delay.inSeconds)
        }
        job.timeoutSeconds = jobTimeout.flatMap { DurationText.parse($0) }
            .map { max(1, Int($0.inSeconds.rounded(.up))) }
    }

    /// Enqueues, prints the id, and waits when asked to.
    func enqueue(_ job: JobRequest) async throws {
        try await Database.withQueue { queue in
            var job = job
            apply(to: &job, now: delay == nil ? nil : try await queue.now())
            let id = try await queue.enqueue(job)
            if wait {
                let limit = timeout.flatMap { DurationText.parse($0) }
                Terminal.error("job \(id) enqueued, waiting")
                try Report.end(
                    of: try await Waiting.finished([id], on: queue, within: limit), asJSON: json)
            } else {
                Terminal.output(
                    json ? JSONValue.object(["id": JSONValue(Int(id))]).serialized : "\(id)")
            }
        }
    }
}
