import FoundationEssentials
import JSON

/// A cron schedule about to be added; each of its ticks becomes a job.
public struct ScheduleRequest: Sendable {
    /// What becomes of ticks that nobody was there for.
    public enum CatchUp: String, Sendable, CaseIterable {
        /// None is enqueued.
        case skip
        /// The latest is.
        case one
        /// All are, up to a limit; beyond it the latest.
        case all
    }

    public var name: String
    /// Five fields, or `@hourly` and the like.
    public var cron: String
    /// An IANA name.
    public var timeZone: String
    /// What the jobs are; `runAt`, `uniqueKey` and `executionType` are the schedule's to say.
    public var job: JobRequest
    public var catchUp: CatchUp
    /// Of `CatchUp.all`: 1 to 1000.
    public var catchUpLimit: Int
    public var isPaused: Bool

    public init(
        name: String, cron: String, timeZone: String = "UTC", job: JobRequest,
        catchUp: CatchUp = .one, catchUpLimit: Int = 100, isPaused: Bool = false
    ) {
        self.name = name
        self.cron = cron
        self.timeZone = timeZone
        self.job = job
        self.catchUp = catchUp
        self.catchUpLimit = catchUpLimit
        self.isPaused = isPaused
    }
}
