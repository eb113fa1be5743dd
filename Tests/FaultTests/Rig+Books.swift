import Foundation
import JSON
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

extension Rig {
    /// What only a trigger sees: how often a job came to an end, and when a reply was journalled.
    func openBooks() async throws {
        try await scene.pool.withConnection {
            try await $0.execute(
                script: """
                    CREATE TABLE IF NOT EXISTS job_ends (job_id bigint);
                    CREATE TABLE IF NOT EXISTS journalled (
                        execution_id uuid, step_key text, at timestamptz);
                    CREATE OR REPLACE FUNCTION note_job_end() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        INSERT INTO public.job_ends VALUES (NEW.id);
                        RETURN NULL;
                    END $$;
                    CREATE OR REPLACE FUNCTION note_reply() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        INSERT INTO public.journalled
                        VALUES (NEW.execution_id, NEW.step_key, clock_timestamp());
                        RETURN NULL;
                    END $$;
                    CREATE OR REPLACE TRIGGER note_job_end AFTER UPDATE ON jobs FOR EACH ROW
                    WHEN (NEW.finished_at IS NOT NULL) EXECUTE FUNCTION note_job_end();
                    CREATE OR REPLACE TRIGGER note_reply AFTER INSERT OR UPDATE ON run_steps
                    FOR EACH ROW WHEN (NEW.kind = 'model' AND NEW.status = 'done')
                    EXECUTE FUNCTION note_reply();
                    """)
        }
    }

    /// Lets all jobs end and holds the books against each other; prints the fault's row.
    func closeBooks(
        mayForget: Bool = false, within limit: Duration = .seconds(120)
    ) async throws {
        let stuck = try await drain(within: limit)
        try await look()
        let acknowledged = state.withLock { $0.acknowledged }
        let found = try await patiently {
            try await scene.row(
                "SELECT count(*) AS n FROM jobs WHERE id = ANY ($1)", [.int64Array(acknowledged)])
        }
        let books = try await patiently {
            try await scene.row(
                """
                SELECT
                    (SELECT count(*) FROM jobs) AS jobs,
                    (SELECT count(*) FROM (
                        SELECT FROM job_ends GROUP BY job_id HAVING count(*) > 1) AS twice) AS doubled,
                    (SELECT count(*) FROM token_usage u WHERE EXISTS (
                        SELECT FROM journalled k
                        WHERE k.execution_id = u.execution_id AND k.step_key = u.activity_step
                            AND k.at < u.created_at)) AS again,
                    (SELECT count(*) FROM token_usage) AS calls,
                    (SELECT count(*) FROM token_usage WHERE status = 'unknown') AS unknown,
                    (SELECT count(*) FROM job_attempts WHERE failure_class = 'crash') AS crashes
                """)
        }
        let asked =
            try await scene.stub.requests()["byPath"]?["/v1/chat/completions"]?.intValue ?? 0
        func count(_ name: String) -> Int { books[name]?.intValue ?? -1 }
        let row = state.withLock { state in
            state.row.jobs = count("jobs")
            state.row.lost = acknowledged.count - (found["n"]?.intValue ?? 0)
            state.row.doubled = count("doubled")
            state.row.repaid = count("again") + max(0, asked - count("calls"))
            state.row.stuck = stuck.count
            state.row.violations = state.broken.count
            state.row.crashes = count("crashes")
            state.row.unknown = count("unknown")
            return state.row
        }
        print(row.line)
        let balances = mayForget ? row.isWhole : row.isClean
        let broken = state.withLock { $0.broken }.sorted()
        #expect(balances, "\(row.line)\nstuck: \(stuck)\nbroken: \(broken)")
    }

    /// Waits for the end of all jobs; answers those that did not end.
    private func drain(within limit: Duration) async throws -> [String] {
        for (place, worker) in crew.enumerated() where !worker.isRunning { try join(place) }
        if crew.isEmpty { try join() }
        do {
            try await eventually(within: limit, "the end of all jobs") {
                (try? await scene.count("jobs", where: "finished_at IS NULL")) == 0
            }
            return []
        } catch is TimedOut {
            return try await scene.rows(
                "SELECT j.*, why_job(j.id) AS why FROM jobs j WHERE finished_at IS NULL LIMIT 20"
            ).map(\.serialized)
        }
    }
}
