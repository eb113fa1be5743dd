import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("Budgets and prices, with the real programs", .serialized, .timeLimit(.minutes(4)))
struct BudgetTests {
    private static let priced = """
        {"gpt-4o": {"input_cost_per_token": 0.0000025, "output_cost_per_token": 0.00001},
         "broken": {"input_cost_per_token": "cheap"}}
        """

    /// Notes every state of a window: what it holds, and its limit.
    private static let watch = [
        "CREATE TABLE seen (tokens bigint, token_limit bigint)",
        """
        CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO seen SELECT NEW.spent_tokens + NEW.reserved_tokens, b.token_limit
            FROM budgets b WHERE b.id = NEW.budget_id;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER watch AFTER INSERT OR UPDATE ON budget_windows
            FOR EACH ROW EXECUTE FUNCTION watch()
        """,
    ]

    private func setBudget(_ scene: Scene, tokens: Int) async throws {
        let end = try await scene.run(
            "agent-worker", ["budget", "set", "--each-user", "--day", "--tokens", "\(tokens)"])
        #expect(end.exit == .code(0) && end.output == "1\n", "\(end.errors)")
    }

    @Test(
        "eight workers stay within a budget; over it jobs are held without an attempt, and raising it lets them go"
    )
    func fleet() async throws {
        try await Scene.play { scene in
            for statement in Self.watch { try await scene.pool.query(statement) }
            let settings = [
                "AGENT_WORKER_CONCURRENCY": "4", "AGENT_WORKER_LEASE": Patience.lease(seconds: 6),
            ]
            for _ in 1...8 { _ = try scene.startWorker(settings) }
            // One job shows what a call reserves and uses; then there is room for it and 15 more.
            try await setBudget(scene, tokens: 1_000_000)
            try await scene.job(try await scene.generation(), reaches: "completed")
            let probe = try await scene.row(
                "SELECT max(tokens) AS most, (SELECT total_tokens FROM token_usage) AS used FROM seen"
            )
            let most = try #require(probe["most"]?.intValue)
            let used = try #require(probe["used"]?.intValue)
            let limit = most + 15 * used
            try await setBudget(scene, tokens: limit)
            for _ in 1...40 { _ = try await scene.generation() }
            try await eventually(within: .seconds(100), "every job is done or held for the day") {
                try await scene.count(
                    "jobs",
                    where: """
                        state = 'completed'
                            OR state = 'held' AND hold_until > now() + interval '10 seconds'
                        """) == 41
            }
            #expect(try await scene.count("jobs", where: "state = 'completed'") == 16)
            let held = try await scene.rows("SELECT * FROM jobs WHERE state = 'held'")
            let reason =
                "budget user \(Scene.user) day: \(16 * used) of \(limit) tokens spent or reserved, "
                + "this call may need \(most)"
            #expect(held.allSatisfy { $0["hold_reason"] == .string(reason) && $0["attempt"] == 0 })
            // What the last settlement gave back wakes them once more, to be held anew.
            try await eventually(within: .seconds(30), "why names the budget") {
                let why = try await scene.enqueue("why", "\(held.first?["id"]?.intValue ?? 0)")
                return why.output.contains(reason)
            }
            #expect(try await scene.count("seen", where: "tokens > token_limit") == 0)

            try await setBudget(scene, tokens: 10_000_000)
            try await eventually(within: .seconds(60), "every job is done") {
                try await scene.count("jobs", where: "state = 'completed'") == 41
            }
            #expect(try await scene.count("jobs", where: "attempt <> 1") == 0)
            #expect(try await scene.count("seen", where: "tokens > token_limit") == 0)
            let list = try await scene.run("agent-worker", ["budget", "list", "--json"])
            let budget = try JSONValue(parsing: list.output)[0]
            #expect(budget?["reserved_tokens"] == 0)
            #expect(budget?["spent_tokens"] == JSONValue(41 * used))
        }
    }

    @Test("a price list is taken in once, and prices the calls that follow and those that were")
    func prices() async throws {
        try await Scene.play { scene in
            let file = try scene.file("prices.json", Self.priced)
            let agent = try await scene.agent()
            let before = try await scene.job("agentkit", agent: agent)
            let worker = try await scene.worker()
            try await scene.job(before, reaches: "completed")
            try await worker.waitForLine(containing: "no price is known")
            #expect(try await scene.calls(of: before)[0]["cost_usd"] == .null)
            let check = try await scene.run(
                "agent-worker", ["check"], ["OPENAI_BASE_URL": scene.stub.address + "/v1"])
            #expect(check.output.contains("calls of 7 days have no known cost: openai/gpt-4o"))

            let day = "2020-01-01"
            let taken = try await scene.run(
                "agent-worker", ["prices", "import", file, "--valid-from", day])
            #expect(
                taken.output
                    == "1 new, 0 changed, 0 unchanged, 0 without token prices, 1 unreadable\n")
            #expect(taken.errors.contains("broken: input_cost_per_token: expected a number"))
            let again = try await scene.run("agent-worker", ["prices", "import", file])
            #expect(again.output.hasPrefix("0 new, 0 changed, 1 unchanged"))
            let shown = try await scene.run("agent-worker", ["prices", "show", "gpt-4o"])
            #expect(shown.output.contains("0.0000025"))
            let listed = try await scene.run("agent-worker", ["prices", "list", "4o"])
            #expect(listed.output.contains("2.5"))

            let after = try await scene.job("agentkit", agent: agent)
            try await scene.job(after, reaches: "completed")
            let call = try await scene.calls(of: after)[0]
            let input = try #require(call["input_tokens"]?.intValue)
            let output = try #require(call["output_tokens"]?.intValue)
            // In tens of nanodollars: 250 for an input token, 1000 for an output token.
            let cost = try #require(
                JSONNumber(text: "\(input * 250 + output * 1000)e-8"))
            #expect(call["cost_usd"] == .number(cost))
            #expect(try await scene.execution(of: after)["logs"]?["costUsd"] == .number(cost))

            let dry = try await scene.run(
                "agent-worker", ["report", "reprice", "--since", "1d", "--dry-run"])
            #expect(dry.output.hasPrefix("2 calls, 1 would change, 0 without a price"))
            #expect(try await scene.calls(of: before)[0]["cost_usd"] == .null)
            let done = try await scene.run("agent-worker", ["report", "reprice"])
            #expect(
                done.output.hasPrefix("2 calls, 1 changed, 0 without a price"), "\(done.output)")
            #expect(try await scene.calls(of: before)[0]["cost_usd"] != .null)
            #expect(try await scene.execution(of: before)["logs"]?["costUsd"] != .null)
        }
    }

    @Test("migrate brings the shipped prices and says so once")
    func shipped() async throws {
        try await Scene.play { scene in
            let first = try await scene.run("agent-worker", ["migrate"])
            #expect(first.output.contains("shipped prices: "), "\(first.output)")
            let second = try await scene.run("agent-worker", ["migrate"])
            #expect(second.output == "nothing to do, the schema is current\n")
            #expect(try await scene.count("current_model_prices") > 100)
        }
    }

    @Test(
        "what makes no sense is refused with its name, and changes nothing",
        arguments: [
            (["budget", "set", "--day", "--tokens", "5"], 2, "--each-user"),
            (
                ["budget", "set", "--user", "u", "--agent", "a", "--day", "--tokens", "5"], 2,
                "one of"
            ),
            (["budget", "set", "--user", "u", "--tokens", "5"], 2, "--day"),
            (["budget", "set", "--user", "u", "--day"], 2, "--tokens"),
            (["budget", "set", "--user", "u", "--day", "--usd", "-1"], 2, "--usd"),
            (["budget", "set", "--user", "u", "--day", "--usd", "1e3"], 2, "--usd"),
            (["budget", "set", "--agent", "a", "--day", "--usd", "1"], 2, "uuid"),
            (["budget", "set", "--global", "--day", "--usd", "1", "--zone", "Mars"], 2, "Mars"),
            (
                ["budget", "set", "--global", "--day", "--usd", "1", "--unpriced", "maybe"], 2,
                "--unpriced"
            ),
            (["budget", "remove", "7"], 2, "no budget 7"),
            (["prices", "import", "/nowhere.json"], 2, "/nowhere.json"),
            (["prices", "import"], 2, "--shipped"),
            (["prices", "import", "x", "--valid-from", "soon"], 2, "--valid-from"),
            (["prices", "show", "nothing"], 2, "nothing"),
            (["report", "reprice", "--since", "soon"], 2, "--since"),
        ] as [([String], Int32, String)])
    func refused(arguments: [String], code: Int32, part: String) async throws {
        try await Scene.play { scene in
            let end = try await scene.run("agent-worker", arguments)
            #expect(end.exit == .code(code), "\(end.errors)")
            #expect(end.errors.contains(part), "\(end.errors)")
            #expect(try await scene.count("budgets") + scene.count("model_prices") == 0)
        }
    }
}
