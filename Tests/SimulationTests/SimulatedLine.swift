import Postgres

@testable import Worker

/// A loop's own connection, made anew after an error.
actor SimulatedLine: QueueLine {
    private let link: Link
    private var isConnected = false

    init(_ link: Link) {
        self.link = link
    }

    func queue(deadline: Duration) async throws(PostgresError) -> any QueueStore {
        if !isConnected { try await link.connect() }
        isConnected = true
        return SimulatedStore(link: link, deadline: deadline)
    }

    func drop() { isConnected = false }
}
