import Postgres

@testable import Worker

/// Connections that several share; made anew when the database was away.
struct SimulatedPool: QueuePool {
    let link: Link

    func withQueue<Value: Sendable>(
        deadline: Duration, _ body: (any QueueStore) async throws -> Value
    ) async throws -> Value {
        if !link.network.reaches(link.process) { try await link.connect() }
        return try await body(SimulatedStore(link: link, deadline: deadline))
    }
}
