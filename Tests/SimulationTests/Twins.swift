import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import Testing

/// The simulated queue and the real one, given the same calls. Time passes by moving the real
/// one's timestamps back; the simulated one reads the real clock.
final class Twins {
    static let queues = ["default"]
    static let kind = "generation"
    /// Leases and delays lie between two steps of time, so that the seconds a test takes decide
    /// nothing.
    static let lease = Duration.seconds(120)
    static let delay = Duration.seconds(70)
    static let step = 50

    let connection: PostgresConnection
    let model: SimulatedDatabase
    var chance: Chance
    let workers: [WorkerIdentity]
    /// Every attempt ever claimed.
    var attempts: [ClaimedJob] = []
    /// What was done, for whoever reads a failure.
    var history: [String] = []
    private var minted: [Int64: UUID] = [:]
    private var clock: Int64 = 0

    var queue: JobQueue { JobQueue(connection) }

    init(_ connection: PostgresConnection, seed: UInt64) async throws {
        self.connection = connection
        chance = Chance(seed: seed)
        model = SimulatedDatabase(now: { 0 }, mint: { _ in UUID() })
        workers = (0..<3).map { number in
            WorkerIdentity(
                host: "here", pid: number, version: "test", queues: Self.queues,
                kinds: [Self.kind], concurrency: 4, lease: Self.lease)
        }
        model.now = { [unowned self] in clock }
        model.mint = { [unowned self] in minted[$0] ?? UUID() }
        try await connection.execute(
            script: """
                TRUNCATE jobs, workers, job_attempts, token_usage, run_steps,
                    agent_generation_logs, job_pauses RESTART IDENTITY
                """)
    }

    /// Sets the simulated clock to the real one.
    func tick() async throws {
        let row = try #require(
            try await connection.query(
                "SELECT (extract(epoch FROM clock_timestamp()) * 1e6)::bigint AS now"
            ).first)
        clock = try row.decode(Int64.self, "now")
    }

    func note(_ what: String) { history.append(what) }

    /// Remembers the ids that the real queue minted, for the simulated one.
    func learn(_ claim: Claim) {
        minted = Dictionary(uniqueKeysWithValues: claim.jobs.map { ($0.id, $0.attemptID) })
        attempts += claim.jobs
    }

    /// Both hold the same jobs in the same states; the simulated one then takes the real times over.
    func compare() async throws {
        let rows = try await connection.query(
            """
            SELECT j.id, j.state, j.attempt, j.snoozes, j.attempt_id, j.worker_id, j.hold_key,
                j.cancel_requested_at IS NOT NULL AS cancelled,
                (extract(epoch FROM j.run_at) * 1e6)::bigint AS run_at,
                (extract(epoch FROM j.claimed_at) * 1e6)::bigint AS claimed_at,
                (extract(epoch FROM j.hold_until) * 1e6)::bigint AS hold_until,
                (extract(epoch FROM j.wait_until) * 1e6)::bigint AS wait_until,
                (SELECT count(*) FROM agent_generation_logs l
                    WHERE l.job_id = j.id AND l.completed_at IS NOT NULL) AS records,
                (SELECT coalesce(string_agg(concat_ws(' ', a.attempt_id, a.attempt, a.worker_id,
                        a.outcome, a.failure_class), ', ' ORDER BY a.attempt_id::text), '')
                    FROM job_attempts a WHERE a.job_id = j.id) AS ledger
            FROM jobs j ORDER BY j.id
            """)
        try #require(rows.count == model.rows.count)
        for row in rows { try compare(row) }
    }

    private func compare(_ row: PostgresRow) throws {
        let id = try row.decode(Int64.self, "id")
        var job = try #require(model[id])
        let real = Facts(
            state: try row.decode(String.self, "state"),
            attempt: Int(try row.decode(Int32.self, "attempt")),
            snoozes: Int(try row.decode(Int32.self, "snoozes")),
            attemptID: try row.decodeIfPresent(UUID.self, "attempt_id"),
            holdKey: try row.decodeIfPresent(String.self, "hold_key"),
            isCancelled: try row.decode(Bool.self, "cancelled"),
            records: Int(try row.decode(Int64.self, "records")),
            ledger: try row.decode(String.self, "ledger"))
        try #require(Facts(job) == real, "job \(id) after \(history.suffix(12))")
        if job.state == .running {
            try #require(try row.decode(UUID.self, "worker_id") == job.worker)
        }
        job.runAt = try adopt(job.runAt, row, "run_at") ?? job.runAt
        job.claimedAt = try adopt(nil, row, "claimed_at") ?? 0
        job.holdUntil = try adopt(job.holdUntil, row, "hold_until")
        job.waitUntil = try adopt(job.waitUntil, row, "wait_until")
        model[id] = job
    }

    /// The real time, which is about the simulated one.
    private func adopt(_ time: Int64?, _ row: PostgresRow, _ column: String) throws -> Int64? {
        guard let real = try row.decodeIfPresent(Int64.self, column) else { return nil }
        if let time {
            try #require(
                abs(real - time) < 15_000_000, "\(column) after \(history.suffix(12))")
        }
        return real
    }

    private struct Facts: Equatable {
        var state: String
        var attempt: Int
        var snoozes: Int
        var attemptID: UUID?
        var holdKey: String?
        var isCancelled: Bool
        var records: Int
        var ledger: String

        init(
            state: String, attempt: Int, snoozes: Int, attemptID: UUID?, holdKey: String?,
            isCancelled: Bool, records: Int, ledger: String
        ) {
            self.state = state
            self.attempt = attempt
            self.snoozes = snoozes
            self.attemptID = attemptID
            self.holdKey = holdKey
            self.isCancelled = isCancelled
            self.records = records
            self.ledger = ledger
        }

        init(_ job: SimulatedJob) {
            let ledger = job.ledger.map { row in
                let words: [String?] = [
                    row.id.uuidString.lowercased(), "\(row.number)",
                    row.worker.uuidString.lowercased(), row.outcome, row.failureClass,
                ]
                return words.compactMap { $0 }.joined(separator: " ")
            }.sorted().joined(separator: ", ")
            self.init(
                state: job.state.rawValue, attempt: job.attempt, snoozes: job.snoozes,
                attemptID: job.attemptID, holdKey: job.holdKey,
                isCancelled: job.isCancelRequested, records: job.records, ledger: ledger)
        }
    }
}
