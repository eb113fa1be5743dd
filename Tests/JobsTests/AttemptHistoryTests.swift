import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import TestSupport
import Testing

/// What several attempts of one job leave behind together.
@Suite("attempt history", .serialized, .timeLimit(.minutes(2)))
struct AttemptHistoryTests {
    static let database = SuiteDatabase(migrated: true)

    private static let failure = RunFailure(.provider, code: "HTTP_500", message: "it broke")

    @Test(
        "after two retries retry_count is 2 and the tokens are those of all attempts",
        arguments: [JobKind.agentkit, .orchestrator])
    func retries(kind: JobKind) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            var job = try await fixture.claimed(kind)
            for attempt in 1...3 {
                #expect(job.attempt == attempt)
                try await fixture.spend(job, input: 100 * attempt, output: attempt)
                let last = attempt == 3
                _ = try await fixture.settle(
                    job, last ? .completed : .retry(after: .zero),
                    failure: last ? nil : Self.failure,
                    run: last ? ["step_retries": 4] : nil)
                if !last { job = try await fixture.claim() }
            }
            let execution = try await fixture.row("SELECT * FROM agent_executions")
            expect(
                execution,
                has: ["status": "completed", "error_message": nil, "retry_count": 6])
            #expect(execution["logs"]?["tokens"]?["prompt"] == 600)
            #expect(execution["logs"]?["tokens"]?["completion"] == 6)
            #expect(execution["logs"]?["costUsd"] == 0.6)
            #expect(execution["logs"]?["models"] == ["gpt-4.1"])
            #expect(try await fixture.row("SELECT * FROM agent_logs")["run_tokens"] == 606)
            #expect(
                try await fixture.ledger(job.id).map { $0["outcome"] }
                    == ["retry", "retry", "completed"])
            expect(
                try await fixture.row(
                    """
                    SELECT e.started_at = (SELECT min(started_at) FROM job_attempts) AS first,
                        e.scheduled_at = j.scheduled_at AS due, e.completed_at = j.finished_at AS last
                    FROM agent_executions e JOIN jobs j ON j.execution_id = e.id
                    """),
                has: ["first": true, "due": true, "last": true])
        }
    }

    @Test(
        "a snooze and an interrupt give the attempt back, however many there are",
        arguments: [Outcome.snooze(after: .zero), .interrupt])
    func givenBack(outcome: Outcome) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            var job = try await fixture.claimed(.agentkit, maxAttempts: 1)
            for round in 0..<5 {
                #expect(job.attempt == 1)
                #expect(job.snoozes == (outcome == .interrupt ? 0 : round))
                #expect(try await fixture.settle(job, outcome) == .done)
                job = try await fixture.claim()
            }
            #expect(try await fixture.settle(job, .completed) == .done)
            #expect(try await fixture.row("SELECT * FROM agent_executions")["retry_count"] == 0)
            #expect(try await fixture.ledger(job.id).count == 6)
        }
    }

    @Test("a limit holds the job off the claim path under its name, until its time is over")
    func held() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit, maxAttempts: 1)
            let hold = Outcome.hold(key: "budget:7", reason: "5 of 5 USD spent", for: .seconds(600))
            #expect(try await fixture.settle(job, hold) == .done)
            #expect(try await fixture.settle(job, hold) == .already)
            expect(
                try await fixture.row(
                    """
                    SELECT state, attempt, snoozes, hold_key, hold_reason, attempt_id,
                        run_at <= now() AS was_due,
                        hold_until BETWEEN now() + interval '500 s' AND now() + interval '600 s'
                            AS in_time
                    FROM jobs
                    """),
                has: [
                    "state": "held", "attempt": 0, "snoozes": 0, "hold_key": "budget:7",
                    "hold_reason": "5 of 5 USD spent", "attempt_id": nil, "was_due": true,
                    "in_time": true,
                ])
            #expect(try await fixture.ledger(job.id).map { $0["outcome"] } == ["snooze"])
            #expect(try await fixture.queue.wakeHeld(limit: 10) == 0)
            try await fixture.connection.query("UPDATE jobs SET hold_until = clock_timestamp()")
            #expect(try await fixture.queue.wakeHeld(limit: 10) == 1)
            let again = try await fixture.claim()
            #expect(again.id == job.id && again.attempt == 1)
            #expect(try await fixture.settle(again, .completed) == .done)
            #expect(try await fixture.row("SELECT * FROM agent_executions")["retry_count"] == 0)
        }
    }

    @Test(
        "a cancel asked for while a job runs wins over running it again",
        arguments: [
            Outcome.retry(after: .zero), .snooze(after: .zero), .interrupt,
            .hold(key: "k", reason: "r", for: .seconds(60)),
        ])
    func cancelWins(outcome: Outcome) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for kind in JobKind.allCases {
                let job = try await fixture.claimed(kind)
                _ = try await fixture.queue.cancel(job.id)
                #expect(try await fixture.settle(job, outcome, failure: Self.failure) == .done)
                expect(
                    try await fixture.job(job.id),
                    has: ["state": "cancelled", "attempt": 1])
                #expect(try await fixture.ledger(job.id)[0]["outcome"] == "cancelled")
            }
            #expect(
                try await fixture.count("agent_executions WHERE error_message = 'cancelled'") == 2)
            #expect(
                try await fixture.count("agent_generation_logs WHERE error_message = 'cancelled'")
                    == 1)
        }
    }

    @Test(
        "a cancel that comes too late does not undo an end",
        arguments: [Outcome.completed, .failed])
    func cancelTooLate(outcome: Outcome) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit)
            _ = try await fixture.queue.cancel(job.id)
            _ = try await fixture.settle(job, outcome)
            #expect(try await fixture.job(job.id)["state"] == .string(outcome.word))
        }
    }

    @Test("a generation log gathers correction rounds, errors and tokens of all attempts")
    func generationLog() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            var job = try await fixture.claimed(.generation)
            try await fixture.spend(job, input: 100, output: 10)
            _ = try await fixture.settle(
                job, .retry(after: .zero), failure: Self.failure,
                generation: [
                    "agent": ["name": "first"], "retry_count": 2,
                    "validation_errors": [
                        "errors": ["b"],
                        "attempts": [["n": 1, "errors": ["a"]], ["n": 2, "errors": ["b"]]],
                    ],
                ])
            expect(
                try await fixture.generationLog(job),
                has: ["retry_count": 2, "total_tokens": 110, "completed_at": nil])

            job = try await fixture.claim()
            try await fixture.spend(job, input: 50, output: 5, model: "gpt-4.1-mini")
            _ = try await fixture.settle(
                job, .retry(after: .zero), failure: Self.failure,
                generation: [
                    "retry_count": 1,
                    "validation_errors": [
                        "errors": ["c"], "attempts": [["n": 1, "errors": ["c"]]],
                    ],
                ])
            job = try await fixture.claim()
            _ = try await fixture.settle(
                job, .completed,
                generation: ["agent": ["name": "last"], "skills": ["s"], "retry_count": 0])
            expect(
                try await fixture.generationLog(job),
                has: [
                    "retry_count": 3, "total_tokens": 165, "input_tokens": 150, "output_tokens": 15,
                    "success": true, "generated_agent_schema": ["name": "last"],
                    "identified_skills": ["s"],
                    "validation_errors": [
                        "errors": ["c"],
                        "attempts": [
                            ["n": 1, "errors": ["a"]], ["n": 2, "errors": ["b"]],
                            ["n": 1, "errors": ["c"]],
                        ],
                    ],
                ])
            #expect(try await fixture.count("agent_generation_logs") == 1)
        }
    }

    @Test("usage details are summed leaf by leaf, in either spelling")
    func details() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.generation)
            func spend(_ raw: JSONValue) async throws {
                try await fixture.spend(job, input: 10, output: 10, raw: raw)
            }
            try await spend([
                "prompt_tokens_details": ["cached_tokens": 128],
                "completion_tokens_details": ["reasoning_tokens": 40],
            ])
            try await spend([
                "prompt_tokens_details": ["cached_tokens": 0, "note": "text"],
                "output_tokens_details": ["reasoning_tokens": 10, "audio_tokens": 1.5],
            ])
            try await spend(["prompt_tokens_details": nil, "output_tokens_details": [1, 2]])
            try await spend("text")
            _ = try await fixture.settle(job, .completed)
            expect(
                try await fixture.generationLog(job),
                has: [
                    "input_tokens_details": ["cached_tokens": 128],
                    "completion_tokens_details": ["reasoning_tokens": 50, "audio_tokens": 1.5],
                ])
        }
    }

    @Test("a failed generation keeps its last candidate and its errors")
    func failedGeneration() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.generation)
            let errors: JSONValue = ["errors": ["Schema error: Invalid model"], "attempts": []]
            _ = try await fixture.settle(
                job, .failed,
                failure: RunFailure(.validation, code: "INVALID", message: "no valid agent"),
                generation: [
                    "agent": ["name": "nearly"], "retry_count": 3, "validation_errors": errors,
                ])
            expect(
                try await fixture.generationLog(job),
                has: [
                    "success": false, "error_message": "INVALID: no valid agent", "retry_count": 3,
                    "generated_agent_schema": ["name": "nearly"], "validation_errors": errors,
                    "identified_skills": nil,
                ])
        }
    }

    @Test(
        "an existing agent makes a generation an update, a JSON null does not",
        arguments: [
            (#"{"prompt": "p"}"#, false, nil),
            (#"{"prompt": "p", "existing_agent": null, "existing_agent_id": null}"#, false, nil),
            (#"{"prompt": "p", "existing_agent": {"name": "a"}}"#, true, nil),
            (#"{"prompt": "p", "existing_agent": {"id": "a7"}}"#, true, "a7"),
            (#"{"prompt": "p", "existing_agent_id": "a8"}"#, true, "a8"),
        ] as [(String, Bool, String?)])
    func updates(payload: String, isUpdate: Bool, id: String?) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(
                .generation, payload: try JSONValue(parsing: payload))
            _ = try await fixture.settle(job, .completed)
            expect(
                try await fixture.generationLog(job),
                has: [
                    "is_update": .bool(isUpdate),
                    "existing_agent_id": id.map { .string($0) } ?? .null,
                ])
        }
    }
}
