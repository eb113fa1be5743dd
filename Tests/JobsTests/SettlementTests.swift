import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import TestSupport
import Testing

@Suite("settlement", .serialized, .timeLimit(.minutes(2)))
struct SettlementTests {
    static let database = SuiteDatabase(migrated: true)

    static let outcomes: [Outcome] = [
        .completed, .retry(after: .seconds(60)), .snooze(after: .seconds(60)), .interrupt, .failed,
        .cancelled,
    ]

    private static let failure = RunFailure(.provider, code: "HTTP_500", message: "it broke")

    @Test("job, ledger and records say the same", arguments: JobKind.allCases, outcomes)
    func settle(kind: JobKind, outcome: Outcome) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(kind)
            try await fixture.spend(job, input: 100, output: 20)
            let failure = outcome == .completed ? nil : Self.failure
            let output: JSONValue? = outcome == .completed ? ["answer": 42] : nil
            #expect(
                try await fixture.settle(
                    job, outcome, failure: failure, output: output, run: ["iterations": 3],
                    generation: ["agent": ["name": "a"], "skills": ["s"], "retry_count": 1])
                    == .done)

            let givenBack = outcome.word == "snooze" || outcome == .interrupt
            let row = try await fixture.job(job.id)
            expect(
                row,
                has: [
                    "state": .string(outcome.isFinal ? outcome.word : "available"),
                    "attempt": givenBack ? 0 : 1, "attempt_id": nil, "output": output ?? .null,
                    "snoozes": outcome.word == "snooze" ? 1 : 0,
                    "last_error": failure.map { .string($0.description) } ?? .null,
                ])
            #expect(row["finished_at"]?.isNull == !outcome.isFinal)
            let delayed = try await fixture.row(
                """
                SELECT run_at > now() + interval '50 s' AS delayed,
                    scheduled_at IS NOT NULL AS claimed FROM jobs
                """)
            #expect(delayed["delayed"] == .bool(outcome.delay != nil))
            #expect(delayed["claimed"] == true)

            let ledger = try await fixture.ledger(job.id)
            try #require(ledger.count == 1)
            expect(
                ledger[0],
                has: [
                    "attempt_id": .string(job.attemptID.uuidString.lowercased()), "attempt": 1,
                    "outcome": .string(outcome.word), "input_tokens": 100, "output_tokens": 20,
                    "total_tokens": 120, "cost_usd": 0.1, "model": "gpt-4.1", "provider": "openai",
                    "failure_class": failure == nil ? .null : "provider",
                    "error": failure == nil ? .null : "HTTP_500: it broke",
                ])
            try await checkRecords(fixture, job, outcome)
        }
    }

    private func checkRecords(
        _ fixture: QueueFixture, _ job: ClaimedJob, _ outcome: Outcome
    ) async throws {
        let isRun = job.kind != "generation"
        let recorded = isRun && outcome.isFinal ? 1 : 0
        for table in ["agent_executions", "agent_logs", "agent_stats", "agent_intensity_metrics"] {
            #expect(try await fixture.count(table) == recorded, "\(table)")
        }
        #expect(try await fixture.count("agent_generation_logs") == (isRun ? 0 : 1))
        let success = outcome == .completed
        let error: JSONValue =
            success ? .null : outcome == .cancelled ? "cancelled" : "HTTP_500: it broke"
        if recorded == 1 {
            let execution = try await fixture.row("SELECT * FROM agent_executions")
            expect(
                execution,
                has: [
                    "id": .string(job.executionID.uuidString.lowercased()),
                    "status": success ? "completed" : "failed", "error_message": error,
                    "retry_count": 0,
                ])
            #expect(execution["logs"]?["tokens"]?["total"] == 120)
            #expect(execution["logs"]?["iterations"] == 3)
            #expect(try await fixture.row("SELECT * FROM agent_logs")["run_tokens"] == 120)
            expect(
                try await fixture.row("SELECT * FROM agent_stats"),
                has: ["run_count": 1, "success_count": success ? 1 : 0])
            expect(
                try await fixture.row("SELECT * FROM agent_intensity_metrics"),
                has: ["total_executions": 1, "total_tokens_used": 120, "workflow_steps_count": 2])
        } else if !isRun {
            let log = try await fixture.generationLog(job)
            expect(
                log,
                has: [
                    "success": .bool(success), "error_message": outcome.isFinal ? error : .null,
                    "total_tokens": 120, "retry_count": 1, "identified_skills": ["s"],
                    "generated_agent_schema": ["name": "a"], "prompt": "a bot that greets",
                    "openai_model": "gpt-4.1", "job_id": JSONValue(Int(job.id)),
                ])
            #expect(log["completed_at"]?.isNull == !outcome.isFinal)
        }
    }

    @Test("settled twice, the second call learns so and changes nothing", arguments: outcomes)
    func already(outcome: Outcome) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for kind in JobKind.allCases {
                let job = try await fixture.claimed(kind)
                try await fixture.spend(job, input: 1, output: 2)
                #expect(try await fixture.settle(job, outcome) == .done)
                let before = try await fixture.snapshot()
                #expect(try await fixture.settle(job, outcome) == .already)
                // Another outcome for the same attempt is no second end either.
                #expect(try await fixture.settle(job, .failed) == .already)
                #expect(try await fixture.snapshot() == before)
                _ = try await fixture.queue.cancel(job.id)
            }
        }
    }

    @Test("an attempt that was rescued is lost: nothing is recorded", arguments: [1, 3])
    func lost(maxAttempts: Int) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for kind in JobKind.allCases {
                let dead = try await fixture.otherWorker()
                let job = try await fixture.claimed(kind, maxAttempts: maxAttempts, by: dead)
                try await fixture.kill(dead)
                let rescued = try await fixture.queue.rescue(
                    limit: 10, rescuer: fixture.worker.id, held: [])
                #expect(rescued.map(\.attemptID) == [job.attemptID])
                let before = try await fixture.snapshot()
                #expect(try await fixture.settle(job, .completed, output: [1]) == .lost)
                #expect(try await fixture.snapshot() == before)
                _ = try await fixture.queue.cancel(job.id)
            }
        }
    }

    @Test("an attempt that nobody knows is lost")
    func unknown() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let attempt = UUID()
            let settled = try await fixture.queue.settle([
                Settlement(jobID: 1, attemptID: attempt, outcome: .completed)
            ])
            #expect(settled == [attempt: Settled(verdict: .lost, totalTokens: 0)])
            #expect(try await fixture.queue.settle([]) == [:])
        }
    }

    @Test("in a batch a stale attempt drops only itself")
    func batch() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let dead = try await fixture.otherWorker()
            let stale = try await fixture.claimed(.agentkit, by: dead)
            try await fixture.kill(dead)
            _ = try await fixture.queue.rescue(limit: 10, rescuer: fixture.worker.id, held: [])
            _ = try await fixture.queue.cancel(stale.id)
            var live: [ClaimedJob] = []
            for kind in JobKind.allCases + JobKind.allCases {
                let job = try await fixture.claimed(kind)
                try await fixture.spend(job, input: 10, output: 5)
                live.append(job)
            }
            let settled = try await fixture.queue.settle(
                ([stale] + live).map {
                    Settlement(jobID: $0.id, attemptID: $0.attemptID, outcome: .completed)
                })
            #expect(settled.count == 7)
            #expect(settled[stale.attemptID]?.verdict == .lost)
            for job in live {
                #expect(settled[job.attemptID] == Settled(verdict: .done, totalTokens: 15))
            }
            #expect(try await fixture.count("agent_executions WHERE status = 'completed'") == 4)
            #expect(try await fixture.count("agent_generation_logs WHERE success") == 2)
        }
    }

    @Test("a stale attempt beside a live one of the same job says nothing about it")
    func staleBesideLive() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for kind in [JobKind.agentkit, .generation] {
                let dead = try await fixture.otherWorker()
                let stale = try await fixture.claimed(kind, by: dead)
                try await fixture.kill(dead)
                _ = try await fixture.queue.rescue(limit: 9, rescuer: fixture.worker.id, held: [])
                let live = try await fixture.claim()
                #expect(live.id == stale.id)
                func settlement(_ job: ClaimedJob, _ word: String) -> Settlement {
                    Settlement(
                        jobID: job.id, attemptID: job.attemptID, outcome: .completed,
                        output: .string(word), run: ["model": .string(word)],
                        generation: ["model": .string(word), "agent": ["name": .string(word)]])
                }
                let settled = try await fixture.queue.settle([
                    settlement(stale, "stale"), settlement(live, "live"),
                    settlement(stale, "stale"),
                ])
                #expect(settled[stale.attemptID]?.verdict == .lost)
                #expect(settled[live.attemptID]?.verdict == .done)
                #expect(try await fixture.job(live.id)["output"] == "live")
                if kind == .generation {
                    expect(
                        try await fixture.generationLog(live),
                        has: ["openai_model": "live", "generated_agent_schema": ["name": "live"]])
                } else {
                    let logs = try await fixture.row("SELECT logs FROM agent_executions")["logs"]
                    #expect(logs?["model"] == "live")
                }
            }
        }
    }

    @Test("the same settlement twice in one batch counts once")
    func twiceInOneBatch() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for kind in JobKind.allCases {
                let job = try await fixture.claimed(kind)
                let settlement = Settlement(
                    jobID: job.id, attemptID: job.attemptID, outcome: .completed)
                let settled = try await fixture.queue.settle([settlement, settlement])
                #expect(settled[job.attemptID]?.verdict == .done)
            }
            #expect(try await fixture.count("agent_executions") == 2)
        }
    }

    @Test("calls still open when the attempt ends become unknown, and count no tokens")
    func openCalls() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit)
            try await fixture.spend(job, input: 10, output: 5)
            try await fixture.spend(job, status: "pending")
            _ = try await fixture.settle(job, .failed)
            #expect(try await fixture.ledger(job.id)[0]["total_tokens"] == 15)
            #expect(try await fixture.count("token_usage WHERE status = 'unknown'") == 1)
        }
    }

    @Test("a run whose agent was deleted meanwhile is recorded all the same")
    func deletedAgent() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.orchestrator)
            try await fixture.connection.query("DELETE FROM agents")
            #expect(try await fixture.settle(job, .completed) == .done)
            #expect(try await fixture.count("agent_executions") == 1)
        }
    }
}
