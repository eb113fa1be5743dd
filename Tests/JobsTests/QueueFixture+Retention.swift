import Postgres
import TestSupport

extension QueueFixture {
    /// Runs `body` as `run(in:_:)` does, without retention policies.
    static func retaining(
        in suite: SuiteDatabase, _ body: (QueueFixture) async throws -> Void
    ) async throws {
        let connection = try await suite.get().connect()
        try await connection.execute(
            script: """
                UPDATE retention_policies SET keep = NULL;
                UPDATE retention_sweeps SET next_block = 0, sweep_after = '-infinity', pruned = 0;
                """)
        await connection.close()
        try await run(in: suite, body)
    }
}
