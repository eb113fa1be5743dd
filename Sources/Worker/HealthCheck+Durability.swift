import Postgres

extension HealthCheck {
    /// Whether what the database acknowledges survives a crash of its machine, or the loss of it.
    func durability(_ connection: PostgresConnection) async throws -> Finding {
        let rows = try await connection.query(
            """
            SELECT current_setting('fsync')::boolean AS flushes,
                current_setting('synchronous_commit') AS commits,
                current_setting('synchronous_standby_names') AS awaited,
                (SELECT count(*) FROM pg_stat_replication) AS standbys
            """)
        guard let row = rows.first else {
            return Finding(isFault: true, subject: "durability", detail: "cannot be read")
        }
        let commits = try row.decode(String.self, "commits")
        let awaited = try row.decode(String.self, "awaited")
        let standbys = try row.decode(Int64.self, "standbys")
        let subject = "durability"
        guard try row.decode(Bool.self, "flushes") else {
            return Finding(
                isFault: true, subject: subject,
                detail: "fsync is off: a crash of its machine may lose or break everything")
        }
        guard commits != "off" else {
            return Finding(
                isFault: true, subject: subject,
                detail: "synchronous_commit is off: a crash forgets the last commits, and what "
                    + "they paid for is paid again")
        }
        let waits = !awaited.isEmpty && commits != "local"
        let standby =
            waits
            ? "and wait for the standbys \(awaited)"
            : standbys == 0
                ? "no standby is connected"
                : "but do not wait for the \(standbys) connected standbys: a failover may forget "
                    + "the last of them, which workers then report"
        return Finding(
            isFault: false, subject: subject,
            detail: "commits are flushed (synchronous_commit \(commits)), \(standby)")
    }
}
