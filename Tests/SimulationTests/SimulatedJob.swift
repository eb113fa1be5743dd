import FoundationEssentials

/// A row of the simulated `jobs`, of its ledger, its journal and its records.
struct SimulatedJob {
    enum State: String { case available, held, running, waiting, completed, failed, cancelled }

    struct Attempt {
        let id: UUID
        /// Its number among those that count.
        let number: Int
        let worker: UUID
        let outcome: String
        let failureClass: String?
    }

    struct Event {
        var isAnswered = false
        /// When an answer came, in µs.
        var answeredAt: Int64 = 0
        /// In µs; nil waits for ever.
        var until: Int64?
    }

    let id: Int64
    var kind = "agentkit"
    var queue = "default"
    var priority: Int16 = 0
    var user = ""
    let executionID: UUID
    var state = State.available
    /// In µs by the database's clock, like all times here.
    var runAt: Int64
    var firstDue: Int64?
    var attempt = 0
    var maxAttempts = 3
    var snoozes = 0
    var timeout: Duration?
    var attemptID: UUID?
    var worker: UUID?
    var claimedAt: Int64 = 0
    var holdKey: String?
    var holdUntil: Int64?
    var waitUntil: Int64?
    var isCancelRequested = false
    var ledger: [Attempt] = []
    /// How many execution records it has.
    var records = 0
    /// Steps of the journal, with the moment of their commit.
    var steps: [String: Int64] = [:]
    var event: Event?

    var isFinal: Bool { state == .completed || state == .failed || state == .cancelled }
    /// The lane's name of it.
    var laneUser: String { user }
}

/// A row of the simulated `workers`.
struct SimulatedWorkerRow {
    var heartbeatAt: Int64
    let lease: Int64
    var isParked = false
    let queues: [String]
    let kinds: [String]
}
