import FoundationEssentials
import Postgres

/// What one look at the schedules did.
public struct TickRound: Sendable {
    /// A tick that became a job, or ticks that were left out.
    public struct Event: Sendable {
        public let schedule: String
        public let tick: Date?
        /// nil: no job was made.
        public let jobID: Int64?
        /// Earlier ticks were left out by the catch-up policy, or this one by a fault.
        public let hasSkipped: Bool
        /// Why the tick could not be enqueued.
        public let fault: String?
    }

    public let events: [Event]
    /// How long until there is something to do again, by the database's clock; nil when nothing is
    /// planned.
    public let nextIn: Duration?

    init(rows: PostgresRows) throws(PostgresError) {
        var events: [Event] = []
        var nextIn: Duration?
        for row in rows {
            if let milliseconds = try row.decodeIfPresent(Int64.self, "next_in_ms") {
                nextIn = .milliseconds(milliseconds)
            }
            guard let schedule = try row.decodeIfPresent(String.self, "schedule") else { continue }
            events.append(
                Event(
                    schedule: schedule, tick: try row.decodeIfPresent(Date.self, "tick"),
                    jobID: try row.decodeIfPresent(Int64.self, "job_id"),
                    hasSkipped: try row.decode(Bool.self, "skipped"),
                    fault: try row.decodeIfPresent(String.self, "fault")))
        }
        self.events = events
        self.nextIn = nextIn
    }
}
