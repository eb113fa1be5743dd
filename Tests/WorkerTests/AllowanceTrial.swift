import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// A fleet against a provider with an allowance. The long form, with eight workers and several
/// minutes, is `deploy/rate-limit-trial`; it prints a table.
@Suite("A fleet at its provider's limit", .serialized)
struct AllowanceTrial {
    static let isLong = ProcessInfo.processInfo.environment["AGENT_WORKER_LONG_TRIAL"] != nil

    @Test("a fleet asks no more a second than the limit allows, and wastes no attempt")
    func short() async throws {
        try await Scene.play(
            stub: ["--latency", "50ms", "--rpm", "600", "--rpm-form", "sliding"]
        ) { scene in
            _ = try await scene.run(
                "agent-worker", ["limit", "set", "openai", "gpt-4o", "--requests", "600"])
            try await enqueue(150, users: 10, scene)
            let workers = try (1...3).map { _ in
                try scene.startWorker(
                    [
                        "AGENT_WORKER_CONCURRENCY": "20",
                        "AGENT_WORKER_LEASE": Patience.lease(seconds: 10),
                    ],
                    ["--until-idle"])
            }
            for worker in workers {
                #expect(try await worker.waitForExit(timeout: .seconds(120)) == .code(0))
            }
            try await expectNothingLost(150, scene)
            #expect(try await scene.count("token_usage", where: "status <> 'settled'") == 0)
            // A second's worth at once and 9.8 a second after; late starts may bunch a little.
            let densest = try await scene.row(
                """
                SELECT max(calls) AS calls FROM (
                    SELECT count(*) OVER (ORDER BY created_at
                        RANGE BETWEEN CURRENT ROW AND interval '5 seconds' FOLLOWING) AS calls
                    FROM token_usage) AS spans
                """)
            #expect((densest["calls"]?.intValue ?? 999) <= 75, "\(densest.serialized)")
        }
    }

    @Test(
        "eight workers use an allowance they learned to the full, and are hardly ever refused",
        .enabled(if: isLong, "the long form runs by deploy/rate-limit-trial"))
    func long() async throws {
        try await Scene.play(
            stub: ["--latency", "300ms", "--rpm", "600", "--rpm-form", "sliding"]
        ) { scene in
            try await enqueue(2_700, users: 50, scene)
            let workers = try (1...8).map { _ in
                try scene.startWorker(
                    [
                        "AGENT_WORKER_CONCURRENCY": "8",
                        "AGENT_WORKER_LEASE": Patience.lease(seconds: 30),
                        "AGENT_WORKER_JOB_CONNECTIONS": "3",
                    ], ["--until-idle"])
            }
            for worker in workers {
                #expect(try await worker.waitForExit(timeout: .seconds(600)) == .code(0))
            }
            try await expectNothingLost(2_700, scene)
            let minutes = try await scene.rows(
                """
                SELECT (extract(epoch FROM u.created_at - first.at) / 60)::integer AS minute,
                    count(*) FILTER (WHERE u.status = 'settled') AS answered,
                    count(*) FILTER (WHERE u.error_code = 'rate_limit_exceeded') AS refused,
                    count(*) AS calls, max(u.created_at) = max(first.last) AS is_last
                FROM (SELECT *, floor(extract(epoch FROM created_at)) FROM token_usage) AS u
                CROSS JOIN (
                    SELECT min(created_at) - interval '30 seconds' AS at, max(created_at) AS last
                    FROM token_usage) AS first
                GROUP BY 1 ORDER BY 1
                """)
            print("minute  calls  answered  429")
            for row in minutes {
                print(
                    ["minute", "calls", "answered", "refused"].map {
                        row[$0]?.serialized ?? "?"
                    }.joined(separator: "\t"))
            }
            let steady = try await scene.row(
                """
                SELECT count(*) AS calls,
                    count(*) FILTER (WHERE error_code = 'rate_limit_exceeded') AS refused,
                    count(*) FILTER (WHERE status = 'settled')
                        / extract(epoch FROM max(created_at) - min(created_at))::float8 * 60
                        AS per_minute
                FROM token_usage
                WHERE created_at > (SELECT min(created_at) + interval '1 minute' FROM token_usage)
                    AND created_at < (SELECT max(created_at) - interval '5 seconds' FROM token_usage)
                """)
            let share =
                (steady["refused"]?.doubleValue ?? 1) / max(1, steady["calls"]?.doubleValue ?? 1)
            let throughput = (steady["per_minute"]?.doubleValue ?? 0) / 600
            let slices = try await scene.row(
                "SELECT n_tup_ins + n_tup_upd AS leases FROM pg_stat_user_tables WHERE relname = 'provider_slices'"
            )
            print("after the first minute: \(steady.serialized)")
            print("429 share \(share), throughput \(throughput) of the allowance")
            print("leases \(slices.serialized)")
            #expect(share < 0.01)
            #expect(throughput > 0.95)
        }
    }

    private func enqueue(_ jobs: Int, users: Int, _ scene: Scene) async throws {
        try await scene.pool.query(
            """
            INSERT INTO jobs (kind, payload, user_id)
            SELECT 'generation', '{"prompt": "An agent that watches prices", "model": "gpt-4o"}',
                'user-' || n % $2
            FROM generate_series(1, $1) AS n
            """, [.int32(Int32(jobs)), .int32(Int32(users))])
    }

    private func expectNothingLost(_ jobs: Int, _ scene: Scene) async throws {
        let ends = try await scene.row(
            """
            SELECT count(*) FILTER (WHERE state = 'completed') AS completed, sum(attempt) AS attempts,
                min(last_error) AS an_error
            FROM jobs
            """)
        #expect(ends["completed"] == JSONValue(jobs), "\(ends.serialized)")
        #expect(ends["attempts"] == JSONValue(jobs), "attempts used")
        print("jobs \(jobs): \(ends.serialized)")
    }
}
