import Postgres

/// The queue's verbs, each one statement on one connection. They open no transaction of their own,
/// so a caller may put them into its own.
public struct JobQueue: Sendable {
    let connection: PostgresConnection

    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }
}
