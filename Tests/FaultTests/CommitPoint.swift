import Foundation
import Postgres
import TestSupport

/// A place inside a worker's transactions at which the test can hold the worker, by a trigger that
/// waits for a lock the test has: the process is then killed exactly there.
struct CommitPoint: Sendable, CustomStringConvertible {
    let description: String
    private let table: String
    private let event: String
    private let condition: String
    private let isDeferred: Bool

    init(
        _ name: String, _ event: String, on table: String, when condition: String = "true",
        isDeferred: Bool = false
    ) {
        description = name
        self.table = table
        self.event = event
        self.condition = condition
        self.isDeferred = isDeferred
    }

    /// Every write of the straight path, in its order.
    static let all = [
        CommitPoint(
            "claim", "UPDATE", on: "jobs",
            when: "NEW.state = 'running' AND OLD.state <> 'running'"),
        CommitPoint("generation log opened", "INSERT", on: "agent_generation_logs"),
        CommitPoint("intent of a call", "INSERT", on: "token_usage"),
        CommitPoint("reply journalled", "INSERT", on: "run_steps", when: "NEW.kind = 'model'"),
        CommitPoint("usage settled", "UPDATE", on: "token_usage", when: "NEW.status = 'settled'"),
        CommitPoint("tool step claimed", "INSERT", on: "run_steps", when: "NEW.kind = 'tool'"),
        CommitPoint("end of the job", "UPDATE", on: "jobs", when: "NEW.finished_at IS NOT NULL"),
        CommitPoint("ledger", "INSERT", on: "job_attempts"),
        CommitPoint("operation 1, execution", "INSERT", on: "agent_executions"),
        CommitPoint("operation 2, log", "INSERT", on: "agent_logs"),
        CommitPoint("operation 3, stats", "INSERT OR UPDATE", on: "agent_stats"),
        CommitPoint("operation 4, intensity", "INSERT OR UPDATE", on: "agent_intensity_metrics"),
        CommitPoint("generation log completed", "UPDATE", on: "agent_generation_logs"),
        CommitPoint("before COMMIT", "INSERT", on: "job_attempts", isDeferred: true),
    ]

    private static let lock = 4_711

    /// Sets the triggers, all of them disarmed.
    static func prepare(_ pool: PostgresPool) async throws {
        var script = """
            CREATE TABLE fault_points (point text PRIMARY KEY);
            CREATE FUNCTION hold_here() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT FROM public.fault_points WHERE point = TG_ARGV[0]) THEN
                    PERFORM pg_advisory_xact_lock_shared(\(lock));
                END IF;
                RETURN NULL;
            END $$;

            """
        for (number, point) in all.enumerated() {
            script += """
                CREATE \(point.isDeferred ? "CONSTRAINT " : "")TRIGGER hold_here_\(number)
                AFTER \(point.event) ON \(point.table)
                \(point.isDeferred ? "DEFERRABLE INITIALLY DEFERRED" : "")
                FOR EACH ROW WHEN (\(point.condition))
                EXECUTE FUNCTION hold_here('\(point.description)');

                """
        }
        let text = script
        try await pool.withConnection { try await $0.execute(script: text) }
    }

    /// Waits until a worker's transaction stands at this point and runs `kill`; then lets the
    /// transaction go on without its client, or ends it.
    func hold(
        _ connection: PostgresConnection, commits: Bool, _ kill: () async throws -> Void
    ) async throws {
        try await connection.query("SELECT pg_advisory_lock(\(Self.lock))")
        try await connection.query(
            "INSERT INTO fault_points VALUES ($1)", [.text(description)])
        let waiting = "locktype = 'advisory' AND objid = \(Self.lock) AND NOT granted"
        try await eventually(within: .seconds(30), "a transaction at \(description)") {
            try await !connection.query("SELECT FROM pg_locks WHERE \(waiting)").isEmpty
        }
        try await kill()
        try await connection.query("DELETE FROM fault_points")
        if !commits {
            try await connection.query(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE \(waiting)")
        }
        try await connection.query("SELECT pg_advisory_unlock(\(Self.lock))")
    }
}
