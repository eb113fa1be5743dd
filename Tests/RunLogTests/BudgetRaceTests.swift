import Foundation
import JSON
import Postgres
import RunLog
import TestSupport
import Testing

/// Eight processes spend one budget as fast as they can. A trigger looks at every state a window
/// ever has.
@Suite("budget race", .timeLimit(.minutes(5)))
struct BudgetRaceTests {
    private static let processes = 8
    /// Of each of the two limits.
    private static let rounds = 50
    /// A call reserves 140 tokens, or 0.000140 USD.
    private static let setting = """
        CREATE TABLE exceeded (budget_id bigint, subject text, tokens bigint, usd numeric);
        CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO exceeded
            SELECT NEW.budget_id, NEW.subject, NEW.spent_tokens + NEW.reserved_tokens,
                NEW.spent_usd + NEW.reserved_usd
            FROM budgets b WHERE b.id = NEW.budget_id
                AND (NEW.spent_tokens + NEW.reserved_tokens > b.token_limit
                    OR NEW.spent_usd + NEW.reserved_usd > b.usd_limit
                    OR NEW.reserved_tokens < 0 OR NEW.reserved_usd < 0);
            RETURN NULL;
        END $$;
        CREATE TRIGGER watch AFTER INSERT OR UPDATE ON budget_windows
            FOR EACH ROW EXECUTE FUNCTION watch();
        INSERT INTO workers (id, host, pid, version, queues, kinds, concurrency, lease_s)
        VALUES ('00000000-0000-4000-8000-000000000001', 'h', 1, 't', '{default}', '{generation}', 8,
            3600);
        INSERT INTO jobs (kind, payload, state, attempt, attempt_id, worker_id, claimed_at)
        SELECT 'generation', '{"prompt": "p"}', 'running', 1, gen_random_uuid(),
            '00000000-0000-4000-8000-000000000001', now()
        FROM generate_series(1, 8);
        SELECT import_model_prices('[{"model": "m", "rates": [{"tier": "standard",
            "above_tokens": 0, "input": 0.000001, "output": 0.000001}]}]', '2020-01-01');

        -- Spends every round's budget to its end. In even rounds each call uses all it reserved, so that the number of calls is known; in odd
        -- ones it uses less, fails, or is lost.
        CREATE PROCEDURE spend(number integer, first integer, last integer) LANGUAGE plpgsql AS $$
        DECLARE
            mine jobs;
            call record;
            lot float8;
        BEGIN
            SELECT * INTO mine FROM jobs ORDER BY id OFFSET number LIMIT 1;
            COMMIT;
            FOR round IN first..last LOOP
                LOOP
                    SELECT * INTO call FROM open_call(mine.id, mine.attempt_id, mine.execution_id,
                        NULL, 'round ' || round, 'p', 'm', 'x', 'y', number::text, 30, 40, 100, NULL);
                    COMMIT;
                    EXIT WHEN call.hold_ms > 10000;
                    CONTINUE WHEN call.id IS NULL;
                    lot := random();
                    UPDATE token_usage u SET
                        status = CASE WHEN round % 2 = 0 OR lot < 0.6 THEN 'settled'
                            WHEN lot < 0.8 THEN 'failed' ELSE 'unknown' END,
                        input_tokens = CASE WHEN round % 2 = 0 THEN 40 WHEN lot < 0.6 THEN 7 END,
                        output_tokens = CASE WHEN round % 2 = 0 THEN 100 WHEN lot < 0.6 THEN 13 END
                    WHERE u.id = call.id;
                    UPDATE token_usage u SET cost_usd = call_cost(
                        'm', created_at, input_tokens, output_tokens) WHERE u.id = call.id;
                    COMMIT;
                    PERFORM settle_charges(ARRAY[call.id]);
                    COMMIT;
                END LOOP;
            END LOOP;
        END $$;
        """

    @Test("eight processes never exceed a budget, not by one token, not once in a hundred rounds")
    func race() async throws {
        let database = try await TestDatabase.make(migrated: true)
        let connection = try await database.connect()
        try await connection.execute(script: Self.setting)
        for (first, tokens, usd) in [
            // one token, or one digit of money, too few for another call
            (1, 20 * 140 + 139, "0.0035"), (51, 5_000, "0.002799"),
        ] {
            try await connection.query(
                "SELECT set_budget('user', 'day', token_limit => $1, usd_limit => $2::numeric)",
                [.int64(Int64(tokens)), .text(usd)])
            try await spend(first...(first + Self.rounds - 1), in: database)
        }
        #expect(try await Self.text("SELECT count(*) FROM exceeded", connection) == "0")
        #expect(
            try await connection.query(RunLogFixture.budgetViolations).count == 0,
            "budgets and charges differ")
        let windows = try await Self.text(
            """
            SELECT string_agg(DISTINCT concat_ws(' ', spent_tokens, spent_usd::numeric(9, 6),
                reserved_tokens), '|' ORDER BY concat_ws(' ', spent_tokens,
                spent_usd::numeric(9, 6), reserved_tokens))
            FROM budget_windows WHERE right(subject, 1)::integer % 2 = 0
            """, connection)
        // 20 calls where tokens were the limit, 19 where money was.
        #expect(windows == "2660 0.002660 0|2800 0.002800 0")
        #expect(
            try await Self.text("SELECT count(*) FROM budget_windows", connection)
                == "\(2 * Self.rounds)")
        let crowded = try await Self.text(
            """
            SELECT count(*) FROM (
                SELECT FROM token_usage GROUP BY user_id HAVING count(DISTINCT activity_step) > 1
            ) AS round
            """, connection)
        #expect(Int(crowded) ?? 0 > Self.rounds, "no race: few rounds had several processes")
        await connection.close()
        try await database.drop()
    }

    private func spend(_ rounds: ClosedRange<Int>, in database: TestDatabase) async throws {
        let children = try (0..<Self.processes).map { number in
            try TestProcess(
                "/usr/bin/env",
                [
                    "psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-c",
                    "CALL spend(\(number), \(rounds.lowerBound), \(rounds.upperBound))",
                ])
        }
        for child in children {
            let exit = try await child.waitForExit(timeout: .seconds(240))
            #expect(exit == .code(0), "\(child.stderr)")
        }
    }

    private static func text(
        _ query: String, _ connection: PostgresConnection
    ) async throws -> String {
        try await connection.query("SELECT (\(query))::text AS value")[0]
            .decode(String.self, "value")
    }
}
