import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

/// The scenarios of the other suites end with no violation; here each branch is seen to fire.
@Suite("invariants", .serialized, .timeLimit(.minutes(2)))
struct InvariantTests {
    static let database = SuiteDatabase(migrated: true)

    /// A change that no function of the queue makes, and the one line that must name it.
    struct Breach: Sendable, CustomTestStringConvertible {
        let change: String
        let line: String

        init(_ change: String, _ line: String) {
            self.change = change
            self.line = line
        }

        var testDescription: String { line }
    }

    /// $run, $done and $log stand for the ids of a running job, a completed one and a generation.
    static let breaches = [
        Breach("UPDATE jobs SET worker_id = NULL WHERE id = $run", "I1 job $run"),
        Breach("UPDATE jobs SET finished_at = now() WHERE id = $run", "I1 job $run"),
        Breach("UPDATE jobs SET attempt_id = gen_random_uuid() WHERE id = $done", "I2 job $done"),
        Breach(
            """
            UPDATE jobs SET attempt_id = (SELECT attempt_id FROM job_attempts WHERE job_id = $done)
            WHERE id = $run
            """, "I3 attempt"),
        Breach("UPDATE jobs SET attempt = 2 WHERE id = $run", "I3 job $run"),
        Breach(
            """
            INSERT INTO job_attempts (attempt_id, job_id, attempt, worker_id, started_at, outcome)
            VALUES (gen_random_uuid(), $done, 1, gen_random_uuid(), now(), 'retry')
            """, "I3 job $done"),
        Breach(
            "UPDATE job_attempts SET outcome = 'failed' WHERE job_id = $done", "I4 job $done"),
        Breach(
            """
            DELETE FROM agent_logs WHERE execution_id =
                (SELECT execution_id FROM jobs WHERE id = $done)
            """, "I5 job $done"),
        Breach(
            """
            INSERT INTO agent_logs (execution_id)
            SELECT execution_id FROM jobs WHERE id = $run
            """, "I5 job $run"),
        Breach("DELETE FROM agent_generation_logs WHERE job_id = $log", "I5 job $log"),
        Breach(
            "UPDATE agent_generation_logs SET success = false WHERE job_id = $log", "I5 job $log"),
        Breach(
            """
            INSERT INTO agent_generation_logs (id, prompt, completed_at)
            SELECT execution_id::text, 'p', now() FROM jobs WHERE id = $run
            """, "I5 generation log"),
        Breach("UPDATE agent_stats SET run_count = run_count + 1", "I5 agent"),
        Breach("DELETE FROM agent_stats", "I5 agent"),
        Breach("UPDATE agent_intensity_metrics SET total_executions = 7", "I5 agent"),
        Breach(
            """
            UPDATE jobs SET max_attempts = 0 WHERE id = $done
            """, "I8 job $done"),
        Breach(
            """
            INSERT INTO token_usage (status, attempt_id)
            SELECT 'pending', attempt_id FROM job_attempts WHERE job_id = $done
            """, "I9 token_usage"),
        Breach("UPDATE jobs SET state = 'waiting' WHERE id = $run", "I8 job $run"),
        Breach(
            """
            INSERT INTO run_steps (execution_id, step_key, kind, fingerprint, attempt_id, status)
            SELECT gen_random_uuid(), 'mail', 'tool', 'f', attempt_id, 'claimed'
            FROM job_attempts WHERE job_id = $done
            """, "I9 run_steps mail"),
        Breach(
            """
            INSERT INTO run_steps (
                execution_id, step_key, kind, fingerprint, attempt_id, status, output)
            SELECT execution_id, 'mail', 'tool', 'f', gen_random_uuid(), 'done', '1'
            FROM jobs WHERE id = $done
            """, "I9 run_steps mail"),
    ]

    @Test("a violated invariant is named with its row", arguments: breaches)
    func fires(breach: Breach) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let done = try await fixture.claimed(.agentkit)
            let log = try await fixture.claimed(.generation)
            for job in [done, log] { _ = try await fixture.settle(job, .completed) }
            let run = try await fixture.claimed(.agentkit)
            let ids = ["$run": run.id, "$done": done.id, "$log": log.id]
            func filled(_ text: String) -> String {
                ids.reduce(text) { $0.replacing($1.key, with: "\($1.value)") }
            }
            #expect(try await fixture.violations() == [])
            let checks = try await fixture.rows(
                """
                SELECT format('ALTER TABLE jobs DROP CONSTRAINT %I', conname) AS statement
                FROM pg_constraint WHERE conrelid = 'jobs'::regclass AND contype = 'c'
                """
            ).compactMap { $0["statement"]?.stringValue }
            _ = try? await fixture.connection.transaction { transaction in
                for check in checks { try await transaction.query(check) }
                try await transaction.query(filled(breach.change))
                let lines = try await transaction.query(
                    "SELECT invariant || ' ' || subject AS line FROM invariant_violations"
                ).map { try $0.decode(String.self, "line") }
                #expect(!lines.isEmpty)
                #expect(lines.contains { $0.hasPrefix(filled(breach.line)) }, "\(lines)")
                throw CancellationError()
            }
        }
    }
}
