import FoundationEssentials
import JSON
import Postgres

/// A schedule as `agent-worker schedule list` shows it.
public struct Schedule: Sendable {
    /// A tick to come.
    public struct Tick: Sendable {
        /// By the clocks of the schedule's zone, with their offset: `2026-03-29 03:00 +02:00`.
        public let local: String
        public let utc: Date
    }

    public let name: String
    public let cron: String
    public let timeZone: String
    public let kind: String
    public let queue: String
    public let catchUp: String
    public let isPaused: Bool
    /// Whether it follows the schedule columns of an agent.
    public let followsAgent: Bool
    public let lastTick: Date?
    public let lastJobID: Int64?
    /// Why it has no next tick, or why its last one could not be enqueued.
    public let fault: String?
    /// The next ticks, earliest first; none while it is paused or at fault.
    public let next: [Tick]

    init(row: PostgresRow) throws(PostgresError) {
        name = try row.decode(String.self, "name")
        cron = try row.decode(String.self, "cron")
        timeZone = try row.decode(String.self, "time_zone")
        kind = try row.decode(String.self, "kind")
        queue = try row.decode(String.self, "queue")
        catchUp = try row.decode(String.self, "catch_up")
        isPaused = try row.decode(Bool.self, "paused")
        followsAgent = try row.decode(Bool.self, "follows_agent")
        lastTick = try row.decodeIfPresent(Date.self, "last_tick")
        lastJobID = try row.decodeIfPresent(Int64.self, "last_job_id")
        fault = try row.decodeIfPresent(String.self, "fault")
        next = try Self.ticks(row)
    }

    /// Of the columns `local_ticks` (text[]) and `utc_seconds` (bigint[]).
    static func ticks(_ row: PostgresRow) throws(PostgresError) -> [Tick] {
        let local = try row.decode([String].self, "local_ticks")
        let seconds = try row.decode([Int64].self, "utc_seconds")
        return zip(local, seconds).map {
            Tick(local: $0, utc: Date(timeIntervalSince1970: Double($1)))
        }
    }

    /// `active`, `paused`, `fault`, or `over`: it never comes due again.
    public var state: String {
        if isPaused { return "paused" }
        if next.isEmpty { return fault == nil ? "over" : "fault" }
        return "active"
    }

    /// The same as JSON, for `--json`.
    public var json: JSONValue {
        [
            "name": .string(name), "cron": .string(cron), "time_zone": .string(timeZone),
            "kind": .string(kind), "queue": .string(queue), "catch_up": .string(catchUp),
            "state": .string(state), "follows_agent": .bool(followsAgent),
            "last_tick": lastTick.map { .string($0.formatted(.iso8601)) } ?? .null,
            "last_job_id": lastJobID.map { JSONValue(Int($0)) } ?? .null,
            "fault": fault.map { .string($0) } ?? .null, "next": .array(next.map(\.json)),
        ]
    }
}

extension Schedule.Tick {
    public var json: JSONValue {
        ["local": .string(local), "utc": .string(utc.formatted(.iso8601))]
    }
}
