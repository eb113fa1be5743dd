import FoundationEssentials
import JSON
import Postgres

/// The statements of `run_memories` and `user_memory`.
public struct RunMemories: Sendable {
    /// How much of each there may be at most.
    public struct Retention: Sendable, Hashable {
        /// How long the memory of a run is kept, and one of little importance.
        public var time: Duration
        public var lowTime: Duration
        /// Memories of runs of one agent and user, the newest.
        public var mostKept: Int

        public init(time: Duration, lowTime: Duration, mostKept: Int) {
            self.time = time
            self.lowTime = lowTime
            self.mostKept = mostKept
        }
    }

    let connection: PostgresConnection
    let deadline: Duration

    /// `deadline` is how long a statement waits for its answer.
    public init(_ connection: PostgresConnection, deadline: Duration = .seconds(10)) {
        self.connection = connection
        self.deadline = deadline
    }

    /// What a run may be told: `{"user": [{"key", "type", "value"}], "runs": [{"number", "day",
    /// "success", "summary"}]}`, facts by importance, runs newest first, texts cut at `characters`.
    ///
    /// Empty for an execution that has begun: its first attempt, by a worker that told it nothing,
    /// made its requests without memories, and they are to stay the same.
    public func recall(
        agent: UUID, user: UUID, execution: UUID, runs: Int, facts: Int, characters: Int
    ) async throws(PostgresError) -> JSONValue {
        let rows = try await connection.query(
            """
            SELECT jsonb_build_object(
                'user', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object('key', f.memory_key,
                        'type', f.memory_type, 'value', left(f.memory_value, $6))
                        ORDER BY f.importance DESC, f.memory_key), '[]')
                    FROM (
                        SELECT u.memory_key, u.memory_type, u.memory_value, u.importance
                        FROM user_memory u
                        WHERE u.user_id = $2 AND u.memory_key <> '' AND u.memory_value <> ''
                        ORDER BY u.importance DESC, u.memory_key LIMIT $5) AS f),
                'runs', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object('number', r.run_number,
                        'day', to_char(r.run_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
                        'success', r.key_outcomes ->> 'success',
                        'summary', left(r.summary, $6)) ORDER BY r.run_number DESC), '[]')
                    FROM (
                        SELECT m.run_number, m.run_timestamp, m.key_outcomes, m.summary
                        FROM run_memories m
                        WHERE m.agent_id = $1 AND m.user_id = $2 AND m.summary <> ''
                            AND coalesce(m.expires_at > clock_timestamp(), true)
                        ORDER BY m.run_number DESC LIMIT $4) AS r)) AS memories
            WHERE NOT EXISTS (SELECT FROM run_steps s WHERE s.execution_id = $3)
            """,
            [
                .uuid(agent), .uuid(user), .uuid(execution), .int64(Int64(runs)),
                .int64(Int64(facts)), .int32(Int32(clamping: characters)),
            ], deadline: deadline)
        return try rows.first?.decode(JSONValue.self, "memories") ?? [:]
    }

    /// Keeps the memory of the attempt's run and returns the run's number; nil when the attempt is
    /// no longer the caller's. A second call for the same execution changes nothing.
    public func remember(
        _ memory: JSONValue, of attempt: AttemptContext, retention: Retention
    ) async throws(PostgresError) -> Int? {
        let rows = try await connection.query(
            "SELECT remember_run($1, $2, $3, $4, $5, $6) AS number",
            [
                .int64(attempt.jobID), .uuid(attempt.attemptID), .json(memory.storable()),
                .int32(Int32(clamping: retention.mostKept)),
                .double(retention.time / .seconds(1)), .double(retention.lowTime / .seconds(1)),
            ], deadline: deadline)
        return try rows.first?.decodeIfPresent(Int32.self, "number").map { Int($0) }
    }

    /// Removes up to `limit` memories whose time is over; answers how many.
    public func prune(limit: Int) async throws(PostgresError) -> Int {
        let rows = try await connection.query(
            "SELECT prune_run_memories($1) AS pruned", [.int32(Int32(clamping: limit))],
            deadline: deadline)
        return Int(try rows.first?.decode(Int64.self, "pruned") ?? 0)
    }
}
