import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("Faults of the provider", .serialized)
struct ProviderFaultTests {
    static let kinds = ["generation", "agentkit", "orchestrator"]

    /// A fault of the first call, the failure classes it may have, and the statuses its call may
    /// have in token_usage.
    static let passing: [(fault: String, classes: [JSONValue], statuses: [JSONValue])] = [
        ("status:500", ["provider"], ["failed"]),
        ("truncate", ["transport", "provider"], ["unknown", "failed"]),
        ("reset", ["transport"], ["unknown", "failed"]),
        ("resetbody", ["transport"], ["unknown", "failed"]),
        ("empty", ["transport"], ["unknown", "failed"]),
        ("shortlength", ["transport", "provider"], ["unknown", "failed"]),
        ("badjson", ["provider"], ["unknown", "failed"]),
        ("html200", ["provider"], ["unknown", "failed"]),
        ("midstreamerror", ["provider"], ["unknown", "failed"]),
        ("hugebody:16", ["provider", "transport"], ["unknown", "failed"]),
    ]

    @Test("a fault that passes costs one attempt of each kind and is classified")
    func retried() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(
                Self.passing.flatMap { fault, _, _ in
                    Self.kinds.map {
                        ModelStub.fault(fault, model: Self.name(fault, $0), times: 1)
                    }
                })
            try await scene.worker()
            var jobs: [(id: Int64, kind: String, Int)] = []
            for (number, (fault, _, _)) in Self.passing.enumerated() {
                for kind in Self.kinds {
                    let id = try await scene.anyJob(kind, model: Self.name(fault, kind))
                    jobs.append((id, kind, number))
                }
            }
            for (id, kind, number) in jobs {
                let (fault, classes, statuses) = Self.passing[number]
                let job = try await scene.end(of: id)
                #expect(job["state"] == "completed", "\(kind) \(fault): \(job.serialized)")
                #expect(job["attempt"] == 2, "\(kind) \(fault)")
                let attempts = try await scene.attempts(of: id)
                #expect(
                    attempts.map { $0["outcome"] ?? .null } == ["retry", "completed"],
                    "\(kind) \(fault): \(attempts)")
                let first = attempts.first?["failure_class"] ?? .null
                #expect(classes.contains(first), "\(kind) \(fault): \(first.serialized)")
                let calls = try await scene.calls(of: id)
                let status = calls.first?["status"] ?? .null
                #expect(statuses.contains(status), "\(kind) \(fault): \(status.serialized)")
                #expect(calls.last?["status"] == "settled", "\(kind) \(fault)")
                if kind != "generation" {
                    let execution = try await scene.execution(of: id)
                    #expect(execution["retry_count"] == 1, "\(kind) \(fault)")
                }
            }
        }
    }

    @Test("a fault that stays ends the job failed when its attempts are spent, every try on record")
    func spent() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([ModelStub.fault("status:500", model: "broken")])
            try await scene.worker()
            for kind in Self.kinds {
                let id = try await scene.anyJob(kind, model: "broken", maxAttempts: 3)
                let job = try await scene.job(id, reaches: "failed")
                #expect(job["attempt"] == 3)
                #expect(try await scene.attempts(of: id).count == 3)
                #expect(try await scene.calls(of: id).allSatisfy { $0["status"] == "failed" })
            }
        }
    }

    /// Faults that ask to wait, the seconds they ask for at least, and what the ledger calls them.
    static let waits: [(fault: String, seconds: Double, class: JSONValue)] = [
        ("429:2", 1.9, "rate_limited"), ("429date:3", 1.5, "rate_limited"),
        ("status:503", 0, "rate_limited"), ("status:529", 1.9, "provider"),
    ]

    @Test("a provider that asks to wait is left alone for that long, and no attempt is used")
    func snoozed() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(
                Self.waits.flatMap { fault, _, _ in
                    Self.kinds.map {
                        ModelStub.fault(fault, model: Self.name(fault, $0), times: 1)
                    }
                })
            try await scene.worker()
            var jobs: [(id: Int64, what: String, seconds: Double, class: JSONValue)] = []
            for (fault, seconds, name) in Self.waits {
                for kind in Self.kinds {
                    let id = try await scene.anyJob(
                        kind, model: Self.name(fault, kind), maxAttempts: 1)
                    jobs.append((id, "\(fault) in \(kind)", seconds, name))
                }
            }
            for (id, what, seconds, name) in jobs {
                try await scene.job(id, reaches: "completed")
                let job = try await scene.row(
                    """
                    SELECT j.*, extract(epoch FROM j.claimed_at - a.ended_at)::float8 AS slept
                    FROM jobs j JOIN job_attempts a ON a.job_id = j.id AND a.outcome = 'snooze'
                    WHERE j.id = $1
                    """, [.int64(id)])
                #expect(job["attempt"] == 1 && job["snoozes"] == 0, "\(what)")
                #expect((job["slept"]?.doubleValue ?? -1) >= seconds, "\(what)")
                let attempts = try await scene.attempts(of: id)
                #expect(
                    attempts.map { $0["failure_class"] ?? .null } == [name, nil],
                    "\(what)")
            }
            #expect(try await scene.count("agent_executions", where: "retry_count = 0") == 8)
            #expect(try await scene.count("provider_cooldowns") == 0)
        }
    }

    @Test("a workflow repeats a failed step within its attempt, and the retry is counted")
    func stepRetry() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([ModelStub.fault("status:500", model: "weak", times: 1)])
            try await scene.worker()
            let step: JSONValue = [
                "id": "think", "type": "llm_decision", "prompt": "Decide",
                "retryPolicy": ["maxRetries": 2, "backoffMs": 20],
            ]
            let id = try await scene.job(
                "orchestrator", ["model": "weak"], agent: try await scene.agent(workflow: [step]))
            let job = try await scene.job(id, reaches: "completed")
            #expect(job["attempt"] == 1)
            #expect(try await scene.execution(of: id)["retry_count"] == 1)
            let calls = try await scene.calls(of: id)
            #expect(calls.map { $0["status"] ?? .null } == ["failed", "settled"])
        }
    }

    /// Faults that no repetition mends, and their class.
    static let permanent: [(fault: String, class: JSONValue)] = [
        ("status:401", "quota"), ("status:403", "quota"), ("status:400", "context_length"),
        ("refusal", "content_policy"), ("contentfilter", "content_policy"),
    ]

    @Test("a fault that cannot pass fails the job on its first attempt")
    func failedAtOnce() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(
                Self.permanent.map { ModelStub.fault($0.fault, model: Self.name($0.fault, "")) })
            try await scene.worker()
            for kind in Self.kinds {
                for (fault, expected) in Self.permanent {
                    let id = try await scene.anyJob(kind, model: Self.name(fault, ""))
                    let job = try await scene.end(of: id)
                    #expect(job["state"] == "failed", "\(kind) \(fault): \(job.serialized)")
                    #expect(job["attempt"] == 1, "\(kind) \(fault)")
                    let found = try await scene.attempts(of: id).last?["failure_class"] ?? .null
                    #expect(found == expected, "\(kind) \(fault): \(found.serialized)")
                }
            }
        }
    }

    @Test("a call that hangs meets the job's time limit, keeps its estimate and is tried again")
    func timeout() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(
                Self.kinds.map { ModelStub.fault("hang", model: "stuck-\($0)", times: 1) })
            try await scene.worker()
            var jobs: [Int64] = []
            for kind in Self.kinds {
                jobs.append(try await scene.anyJob(kind, model: "stuck-\(kind)", timeout: 2))
            }
            for id in jobs {
                let job = try await scene.job(id, reaches: "completed")
                #expect(job["attempt"] == 2)
                let attempts = try await scene.attempts(of: id)
                #expect(attempts.first?["failure_class"] == "timeout")
                let call = try await scene.calls(of: id).first ?? .null
                #expect(call["status"] == "unknown")
                #expect(call["output_tokens"] == .null)
                #expect((call["estimated_input_tokens"]?.intValue ?? 0) > 0)
            }
        }
    }

    /// A model's name for a script, without what separates providers and faults.
    private static func name(_ fault: String, _ kind: String) -> String {
        "m-\(fault.replacing(":", with: "-"))-\(kind)"
    }
}
