import FoundationEssentials
import Glibc

/// The claim and the settlement as the worker sends them, taken from the server's log of a
/// rehearsal: whatever the worker does now is what the bare client is given to do.
struct WorkerStatements: Sendable {
    let claim: LoggedStatement
    let settle: LoggedStatement

    /// Lets a worker run one job of `kind` in a database of its own and reads what it sent.
    /// `batch` is how many jobs its claims ask for.
    static func rehearse(_ bench: Bench, kind: JobShape, batch: Int) async throws -> Self {
        guard let log = logPath(of: bench.server) else {
            throw BenchError("the server's log is not a file: its statements cannot be read")
        }
        return try await bench.withDatabase { database in
            try await database.run(kind.fill(1))
            let before = (ProcessFile.text(log) ?? "").utf8.count
            let join = database.url.contains("?") ? "&" : "?"
            let fleet = WorkerFleet(
                bench: bench, database: database, concurrency: batch,
                url: database.url + join + "options=-c%20log_statement%3Dall")
            _ = try await fleet.drain()
            let text = String(
                decoding: Array((ProcessFile.text(log) ?? "").utf8.dropFirst(before)), as: UTF8.self
            )
            return try Self(LoggedStatement.read(text))
        }
    }

    private init(_ statements: [LoggedStatement]) throws(BenchError) {
        let claims = statements.filter {
            let sql = $0.sql.lowercased()
            return sql.contains("skip locked") && sql.contains("jobs") || sql.contains("claim_jobs")
        }
        let settlements = statements.filter { $0.sql.lowercased().contains("settle_jobs") }
        guard let claim = claims.first, let settle = settlements.first else {
            throw BenchError("the worker's claim or settlement was not found in the server's log")
        }
        // The first claim looks for lanes by itself, as the bare client's have to; the plain statement
        // is that of a worker that does not sleep.
        let plain = claims.first { !$0.sql.contains("soonest") } ?? claim
        self.claim = LoggedStatement(sql: plain.sql, parameters: claim.parameters)
        self.settle = settle
    }

    /// The file that the server's standard error goes to.
    private static func logPath(of server: BenchServer) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/\(server.tree.root)/fd/2", &buffer, buffer.count - 1)
        guard length > 0 else { return nil }
        let path = String(
            decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.hasPrefix("/") ? path : nil
    }

    /// Lets the claim's worker count as alive in another database.
    var announcement: String {
        claim.parameters.compactMap { $0.flatMap { UUID(uuidString: $0) } }.map { id in
            """
            INSERT INTO workers (id, host, pid, version, queues, kinds, concurrency, lease_s)
            VALUES ('\(id)', 'bench-limit', 1, '0', '{default}', '{}', 1, 3600)
            ON CONFLICT DO NOTHING;
            """
        }.joined(separator: "\n")
    }
}
