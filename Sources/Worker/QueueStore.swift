import FoundationEssentials
import Jobs
import Postgres

/// What the worker's decisions ask of the queue: `JobQueue`, or a simulation's.
protocol QueueStore: Sendable {
    func claim(_ request: ClaimRequest) async throws(PostgresError) -> Claim
    func claimOrSleep(
        _ request: ClaimRequest
    ) async throws(PostgresError) -> (claim: Claim, due: Duration?)
    func findLanes(
        queue: String, after: Lane?, limit: Int
    ) async throws(PostgresError) -> (lanes: [Lane], last: Lane?, isDone: Bool)
    func userWeights() async throws(PostgresError) -> [String: Double]
    func hasUnfinished(queues: [String], kinds: [String]) async throws(PostgresError) -> Bool
    func unhandledKinds(
        queues: [String]
    ) async throws(PostgresError) -> [(kind: String, jobs: Int)]
    func park(_ parked: Bool, worker: UUID) async throws(PostgresError)
    func beat(
        _ worker: WorkerIdentity, holding held: [HeldAttempt]
    ) async throws(PostgresError) -> Heartbeat
    func settle(_ settlements: [Settlement]) async throws(PostgresError) -> [UUID: Settled]
    func maintain(
        rescuer: UUID, held: [UUID], heldAt: Date?, limit: Int, after: String
    ) async throws(PostgresError) -> MaintenanceRound
    func leave(worker: UUID) async throws(PostgresError)
}

extension JobQueue: QueueStore {}
