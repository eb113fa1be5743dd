import FoundationEssentials
import Jobs

/// The queue in memory: what the SQL functions of the same names do, each call one transaction.
/// `ConformanceTests` holds it to them.
// Unchecked: like all of a simulation, touched by its one thread only.
final class SimulatedDatabase: @unchecked Sendable {
    /// The clock, in µs.
    var now: () -> Int64
    /// Makes attempt ids.
    var mint: (Int64) -> UUID
    /// Hears of what is notified, with its payload.
    var notify: (_ channel: String, _ payload: String) -> Void = { _, _ in }
    /// Looks over the database's shoulder.
    var auditor: Auditor?
    /// What is wrong with it, on purpose.
    var mutation: Mutation?

    /// All jobs, by their ids from 1.
    private(set) var rows: [SimulatedJob] = []
    /// How many jobs have ended.
    private(set) var ended = 0
    var workers: [UUID: SimulatedWorkerRow] = [:]
    /// The kinds that are paused.
    var pausedKinds: Set<String> = []

    init(now: @escaping () -> Int64, mint: @escaping (Int64) -> UUID) {
        self.now = now
        self.mint = mint
    }

    @discardableResult
    func enqueue(
        kind: String = "agentkit", user: String = "", priority: Int16 = 0, maxAttempts: Int = 3,
        in delay: Int64 = 0, timeout: Duration? = nil, executionID: UUID
    ) -> Int64 {
        let id = Int64(rows.count + 1)
        var job = SimulatedJob(id: id, executionID: executionID, runAt: now() + delay)
        job.kind = kind
        job.user = user
        job.priority = priority
        job.maxAttempts = maxAttempts
        job.timeout = timeout
        rows.append(job)
        // wake_parked_workers
        if delay <= 0, workers.values.contains(where: { $0.isParked && isAlive($0) }) {
            notify("agent_worker_jobs", "")
        }
        return id
    }

    func isAlive(_ worker: SimulatedWorkerRow) -> Bool {
        worker.heartbeatAt + worker.lease > now()
    }

    subscript(id: Int64) -> SimulatedJob? {
        get { rows.indices.contains(Int(id) - 1) ? rows[Int(id) - 1] : nil }
        set {
            guard let newValue else { return }
            let place = Int(id) - 1
            if newValue.isFinal, !rows[place].isFinal { ended += 1 }
            rows[place] = newValue
        }
    }

    /// The jobs in a state, oldest first.
    func all(_ state: SimulatedJob.State) -> [SimulatedJob] {
        var found: [SimulatedJob] = []
        guard ended < rows.count else { return found }
        for place in rows.indices where rows[place].state == state { found.append(rows[place]) }
        return found
    }

    /// Time passes: every moment lies so much further back.
    func moveBack(by time: Int64) {
        rows = rows.map { row in
            var row = row
            row.runAt -= time
            row.claimedAt -= time
            row.holdUntil = row.holdUntil.map { $0 - time }
            row.waitUntil = row.waitUntil.map { $0 - time }
            if let event = row.event {
                row.event = SimulatedJob.Event(
                    isAnswered: event.isAnswered, answeredAt: event.answeredAt - time,
                    until: event.until.map { $0 - time })
            }
            return row
        }
        for id in workers.keys { workers[id]?.heartbeatAt -= time }
    }

    func date(_ time: Int64) -> Date { Date(timeIntervalSince1970: Double(time) / 1e6) }

    func micros(_ date: Date) -> Int64 {
        let seconds = date.timeIntervalSince1970
        return abs(seconds) > 1e12 ? .min : Int64((seconds * 1e6).rounded())
    }
}

extension Duration {
    /// Whole microseconds.
    var micros: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
