import FoundationEssentials
import Jobs
import Postgres

@testable import Worker

/// The queue as a worker sees it: the database behind a link.
struct SimulatedStore: QueueStore {
    let link: Link
    let deadline: Duration

    private var database: SimulatedDatabase { link.network.database }

    func claim(_ request: ClaimRequest) async throws(PostgresError) -> Claim {
        try await link.exchange("claim", deadline: deadline) { database.claim(request) }
    }

    func claimOrSleep(
        _ request: ClaimRequest
    ) async throws(PostgresError) -> (claim: Claim, due: Duration?) {
        try await link.exchange("claim", deadline: deadline) { database.claimOrSleep(request) }
    }

    func findLanes(
        queue: String, after: Lane?, limit: Int
    ) async throws(PostgresError) -> (lanes: [Lane], last: Lane?, isDone: Bool) {
        try await link.exchange("find lanes", deadline: deadline) {
            database.findLanes(queue: queue, after: after, limit: limit)
        }
    }

    func userWeights() async throws(PostgresError) -> [String: Double] {
        try await link.exchange("weights", deadline: deadline) { [:] }
    }

    func hasUnfinished(queues: [String], kinds: [String]) async throws(PostgresError) -> Bool {
        try await link.exchange("unfinished", deadline: deadline) {
            database.hasUnfinished(queues: queues, kinds: kinds)
        }
    }

    func unhandledKinds(
        queues: [String]
    ) async throws(PostgresError) -> [(kind: String, jobs: Int)] { [] }

    func park(_ parked: Bool, worker: UUID) async throws(PostgresError) {
        try await link.exchange("park", deadline: deadline) {
            database.park(parked, worker: worker)
        }
    }

    func beat(
        _ worker: WorkerIdentity, holding held: [HeldAttempt]
    ) async throws(PostgresError) -> Heartbeat {
        try await link.exchange("beat", deadline: deadline) {
            database.beat(worker, holding: held)
        }
    }

    func settle(_ settlements: [Settlement]) async throws(PostgresError) -> [UUID: Settled] {
        do {
            return try await link.exchange("settle", deadline: deadline) {
                () throws(PostgresError) in try database.settle(settlements)
            }
        } catch  where database.mutation == .settlerForgets && error.outcomeUnknown {
            return [:]
        }
    }

    func maintain(
        rescuer: UUID, held: [UUID], heldAt: Date?, limit: Int, after: String
    ) async throws(PostgresError) -> MaintenanceRound {
        try await link.exchange("maintain", deadline: deadline) {
            database.maintain(
                rescuer: rescuer, held: held, heldAt: heldAt, limit: limit, after: after)
        }
    }

    func leave(worker: UUID) async throws(PostgresError) {
        try await link.exchange("leave", deadline: deadline) { database.leave(worker: worker) }
    }
}
