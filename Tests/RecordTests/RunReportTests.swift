import FoundationEssentials
import JSON
import Postgres
import TestSupport
import Testing

@Suite("run reports", .timeLimit(.minutes(2)))
struct RunReportTests {
    static let database = SuiteDatabase(migrated: true)
    /// What every log holds beside the seed's keys.
    static let added = [
        "tokens", "memory", "retryCount", "costUsd", "models", "counts", "pluginsUsed",
    ]

    private func without(_ keys: [String], _ value: JSONValue?) -> JSONValue {
        var rest = value ?? .null
        for key in keys { rest[key] = nil }
        return rest
    }

    @Test("an orchestrator run is recorded as in the worked sample")
    func orchestrator() async throws {
        try await Records.undone(in: Self.database) { records in
            let (id, agent) = (UUID(), UUID())
            let text = id.uuidString.lowercased()
            let answer = try await records.log([Samples.orchestratorReport(id: id, agent: agent)])
            #expect(answer == [id])
            let execution = try await records.rows("agent_executions", "id", id)[0]
            // An AgentKit log has these four by the seed itself.
            let alike = ["iterations", "toolCalls", "model", "provider"]
            #expect(
                without(Self.added + alike, execution["logs"]) == [
                    "orchestrator": true, "executionId": .string(text), "stepsCompleted": 4,
                    "stepsFailed": 0, "stepsSkipped": 0, "totalSteps": 4, "tokensUsed": 2400,
                    "inputValuesUsed": 1,
                ])
            #expect(execution["status"] == "completed")
            #expect(execution["execution_type"] == "manual")
            #expect(execution["execution_duration_ms"] == 12000)
            #expect(execution["error_message"] == .null)
            let log = try await records.rows("agent_logs", "execution_id", id)[0]
            #expect(
                log["run_output"]?.stringValue == """
                    {"success":true,"orchestrator":true,"stepsCompleted":4,"stepsFailed":0,\
                    "stepsSkipped":0,"totalSteps":4,"tokensUsed":2400,"executionTimeMs":12000,\
                    "executionId":"\(text)"}
                    """)
            #expect(
                without(Self.added, log["full_output"]) == [
                    "orchestrator_metadata": [
                        "executionId": .string(text), "stepsCompleted": 4, "stepsFailed": 0,
                        "stepsSkipped": 0, "totalSteps": 4, "tokensUsed": 2400,
                    ]
                ])
            #expect(log["status"] == "✅ Orchestrator execution completed successfully")
            #expect(log["run_time"] == 12000)
            #expect(log["user_credits_used"] == 3)
            #expect(log["run_tokens"] == 2400)
            let stats = try await records.rows("agent_stats", "agent_id", agent)
            #expect(stats.count == 1)
            #expect(stats[0]["run_count"] == 1 && stats[0]["success_count"] == 1)
        }
    }

    @Test("a failed AgentKit run is recorded as in the worked sample")
    func agentKit() async throws {
        try await Records.undone(in: Self.database) { records in
            let (id, agent) = (UUID(), UUID())
            try await records.log([Samples.agentKitReport(id: id, agent: agent)])
            let execution = try await records.rows("agent_executions", "id", id)[0]
            let tokens: JSONValue = ["prompt": 5000, "completion": 900, "total": 5900]
            #expect(
                without(Self.added, execution["logs"]) == [
                    "agentkit": true, "iterations": 10, "toolCalls": [Samples.toolCall],
                    "tokensUsed": tokens, "model": "gpt-4o", "provider": "openai",
                    "inputValuesUsed": 0,
                ])
            #expect(execution["status"] == "failed")
            #expect(execution["error_message"] == "MAX_ITERATIONS_REACHED")
            let log = try await records.rows("agent_logs", "execution_id", id)[0]
            #expect(
                log["run_output"]?.stringValue == """
                    {"success":false,"agentkit":true,"iterations":10,"toolCallsCount":1,\
                    "tokensUsed":5900,"executionTimeMs":8000,"model":"gpt-4o","provider":"openai"}
                    """)
            #expect(
                without(Self.added, log["full_output"]) == [
                    "agentkit_metadata": [
                        "model": "gpt-4o", "provider": "openai", "iterations": 10,
                        "toolCalls": [Samples.toolCall], "tokensUsed": tokens,
                    ]
                ])
            #expect(log["status"] == "❌ AgentKit execution failed")
            #expect(log["user_credits_used"] == 6)
            let stats = try await records.rows("agent_stats", "agent_id", agent)[0]
            #expect(stats["run_count"] == 1 && stats["success_count"] == 0)
        }
    }

    @Test("the status names engine and outcome", arguments: ["agentkit", "orchestrator"])
    func statuses(engine: String) async throws {
        try await Records.undone(in: Self.database) { records in
            let name = engine == "agentkit" ? "AgentKit" : "Orchestrator"
            for (success, status) in [
                (true, "✅ \(name) execution completed successfully"),
                (false, "❌ \(name) execution failed"),
            ] {
                let id = UUID()
                try await records.log([
                    Samples.with(["success": .bool(success)], Samples.report(engine, id: id))
                ])
                let log = try await records.rows("agent_logs", "execution_id", id)[0]
                #expect(log["status"]?.stringValue == status)
            }
        }
    }

    @Test(
        "both engines record the same additional keys, cost and tokens exact",
        arguments: ["agentkit", "orchestrator"])
    func additionalKeys(engine: String) async throws {
        try await Records.undone(in: Self.database) { records in
            let (bare, full) = (UUID(), UUID())
            let tokens: JSONValue = [
                "prompt": 70, "completion": 30, "cached": 20, "total": 9_007_199_254_740_991,
            ]
            let cost = try JSONValue(parsing: "0.000000123456789012345678901")
            try await records.log([
                Samples.report(engine, id: bare),
                Samples.with(
                    [
                        "tokens": tokens,
                        "memory": ["tokens": 5, "entries": 2, "types": ["summary"]],
                        "retry_count": 2, "cost_usd": cost, "models": ["gpt-4o", "gpt-4.1-nano"],
                        "iterations": 7, "tool_calls_count": 9, "step_retries": 1,
                        "tool_orchestration_time_ms": 310, "plugins_used": ["mail", "crm"],
                        "workflow": ["steps": 5, "branches": 2, "loops": 30, "parallel": 4],
                    ], Samples.report(engine, id: full)),
            ])
            let bareKeys: JSONValue = [
                "tokens": ["prompt": 0, "completion": 100, "cached": 0, "total": 100],
                "memory": ["tokens": 0, "entries": 0, "types": []], "retryCount": 0,
                "costUsd": nil, "models": [], "pluginsUsed": [],
                "counts": [
                    "iterations": 1, "toolCalls": 0, "toolTimeMs": 0, "stepRetries": 0,
                    "branches": 0, "loopIterations": 0, "parallelExecutions": 0,
                ],
            ]
            let fullKeys: JSONValue = [
                "tokens": tokens,
                "memory": ["tokens": 5, "entries": 2, "types": ["summary"]],
                "retryCount": 2, "costUsd": cost, "models": ["gpt-4o", "gpt-4.1-nano"],
                "pluginsUsed": ["mail", "crm"],
                "counts": [
                    "iterations": 7, "toolCalls": 9, "toolTimeMs": 310, "stepRetries": 1,
                    "branches": 2, "loopIterations": 30, "parallelExecutions": 4,
                ],
            ]
            for (id, expected) in [(bare, bareKeys), (full, fullKeys)] {
                let execution = try await records.rows("agent_executions", "id", id)[0]
                let log = try await records.rows("agent_logs", "execution_id", id)[0]
                for key in Self.added {
                    #expect(execution["logs"]?[key] == expected[key], "\(key)")
                    #expect(log["full_output"]?[key] == expected[key], "\(key)")
                }
            }
        }
    }

    @Test("what a report leaves out has the seed's defaults")
    func defaults() async throws {
        try await Records.undone(in: Self.database) { records in
            let id = UUID()
            try await records.log([Samples.report(id: id)])
            let execution = try await records.rows("agent_executions", "id", id)[0]
            #expect(execution["execution_type"] == "manual")
            #expect(execution["scheduled_at"] == execution["completed_at"])
            #expect(execution["progress"] == 100)
            #expect(execution["logs"]?["model"] == "gpt-4o")
            #expect(execution["logs"]?["provider"] == "openai")
            #expect(execution["logs"]?["toolCalls"] == [])
            let earlier: Bool = try await records.value(
                """
                SELECT completed_at - started_at = interval '1 second' AS value
                FROM agent_executions WHERE id = $1
                """, [.uuid(id)])
            #expect(earlier)
        }
    }

    @Test("times, type, retries and the error of a report are the ones recorded")
    func given() async throws {
        try await Records.undone(in: Self.database) { records in
            let id = UUID()
            try await records.log([
                Samples.with(
                    [
                        "execution_type": "scheduled", "scheduled_at": "2026-01-02T03:04:05Z",
                        "started_at": "2026-01-02T03:05:00.5Z",
                        "completed_at": "2026-01-02T03:06:00+01:00", "retry_count": 2,
                        "success": false, "error": "it broke",
                    ], Samples.report(id: id))
            ])
            let times: String = try await records.value(
                """
                SELECT concat_ws(' ', scheduled_at AT TIME ZONE 'UTC', started_at AT TIME ZONE 'UTC',
                    completed_at AT TIME ZONE 'UTC', execution_type, retry_count, error_message)
                    AS value
                FROM agent_executions WHERE id = $1
                """, [.uuid(id)])
            #expect(
                times == """
                    2026-01-02 03:04:05 2026-01-02 03:05:00.5 2026-01-02 02:06:00 scheduled 2 it broke
                    """)
        }
    }

    @Test(
        "credits are the tokens divided by a thousand, rounded up",
        arguments: [(0, 0), (1, 1), (1000, 1), (1001, 2), (5900, 6)])
    func credits(tokens: Int, credits: Int) async throws {
        try await Records.undone(in: Self.database) { records in
            let id = UUID()
            try await records.log([
                Samples.with(["tokens": ["total": .init(tokens)]], Samples.report(id: id))
            ])
            let log = try await records.rows("agent_logs", "execution_id", id)[0]
            #expect(log["user_credits_used"]?.intValue == credits)
        }
    }

    @Test("the divisor of credits is a setting; one that cannot divide counts as a thousand")
    func creditDivisor() async throws {
        try await Records.undone(in: Self.database) { records in
            for (divisor, credits) in [(10, 590), (0, 6), (-5, 6)] {
                try await records.query(
                    """
                    UPDATE ais_system_config SET config_value = $1
                    WHERE config_key = 'tokens_per_log_credit'
                    """, [.int32(Int32(divisor))])
                let id = UUID()
                try await records.log([Samples.agentKitReport(id: id, agent: UUID())])
                let log = try await records.rows("agent_logs", "execution_id", id)[0]
                #expect(log["user_credits_used"]?.intValue == credits)
            }
        }
    }

    @Test("a tool call keeps its six keys and nothing else, whatever a caller put beside them")
    func toolCalls() async throws {
        try await Records.undone(in: Self.database) { records in
            let id = UUID()
            try await records.log([
                Samples.with(
                    [
                        "tool_calls": [
                            Samples.toolCall,
                            ["plugin": "mail", "arguments": ["to": "a@b.example"], "result": "x"],
                            "nonsense",
                        ]
                    ], Samples.report(id: id))
            ])
            let execution = try await records.rows("agent_executions", "id", id)[0]
            let unknown: JSONValue = [
                "plugin": "unknown", "action": "unknown", "success": true, "itemsReturned": 0,
                "executionTime": 0, "error": nil,
            ]
            #expect(
                execution["logs"]?["toolCalls"] == [
                    Samples.toolCall, Samples.with(["plugin": "mail"], unknown), unknown,
                ])
        }
    }

    @Test("numbers beyond an integer column are cut to its limits and stay exact in the log")
    func clamps() async throws {
        try await Records.undone(in: Self.database) { records in
            let (id, agent) = (UUID(), UUID())
            try await records.log([
                Samples.with(
                    [
                        "duration_ms": 3_000_000_000, "tokens": ["total": 5_000_000_000_000],
                        "retry_count": -1, "iterations": try JSONValue(parsing: "1e300"),
                    ], Samples.report(id: id, agent: agent))
            ])
            let execution = try await records.rows("agent_executions", "id", id)[0]
            #expect(execution["execution_duration_ms"] == 2_147_483_647)
            #expect(execution["retry_count"] == 0)
            #expect(execution["logs"]?["tokensUsed"]?["total"] == 5_000_000_000_000)
            #expect(execution["logs"]?["iterations"] == 9_007_199_254_740_991)
            let log = try await records.rows("agent_logs", "execution_id", id)[0]
            #expect(log["run_tokens"] == 2_147_483_647)
            #expect(log["user_credits_used"] == 2_147_483_647)
            #expect(try await records.metrics(agent)["total_tokens_used"] == 5_000_000_000_000)
        }
    }
}
