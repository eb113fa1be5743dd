import Postgres

/// Makes the handlers of a worker that does not run the catalogue's; the pool is the one running
/// jobs share for their records.
package typealias HandlerReplacement = @Sendable (PostgresPool) -> [any JobHandler]
