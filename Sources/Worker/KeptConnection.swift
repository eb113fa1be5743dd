import EventLoop
import Postgres

/// A connection of one loop's own, made anew when it broke or was dropped.
actor KeptConnection {
    private let configuration: PostgresConfiguration
    private let loop: EventLoop
    private var connection: PostgresConnection?

    init(_ configuration: PostgresConfiguration, loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
    }

    /// The connection; a new one when there is none that works.
    func get() async throws(PostgresError) -> PostgresConnection {
        if let connection, connection.isUsable { return connection }
        let fresh = try await PostgresConnection.connect(configuration, on: loop)
        connection = fresh
        return fresh
    }

    /// Closes it: after an error, or at the end.
    func drop() async {
        await connection?.close()
        connection = nil
    }
}
