import FoundationEssentials
import Journal
import Limits
import Postgres
import TestSupport
import Testing

@Suite("Cool-downs of the fleet", .serialized, .timeLimit(.minutes(2)))
struct CooldownTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("a refusal closes the model to every worker, and their runs are held by its name")
    func closed() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            let first = await fixture.gate()
            let second = await fixture.gate()
            let permit = try await first.admit(GateFixture.intent())
            let own = await first.failed(
                permit, with: GateFixture.refusal(retryAfter: .seconds(400)), job: 1)
            #expect(own?.key == "cooldown:openai/gpt-4o")
            #expect(own?.failure?.failureClass == .rateLimited, "the ledger's class")
            #expect((own?.holdFor ?? .zero) > .seconds(300))
            await second.refresh()
            for gate in [first, second] {
                let held = await #expect(throws: Suspension.self) {
                    try await gate.admit(GateFixture.intent())
                }
                #expect(held?.key == "cooldown:openai/gpt-4o" && held?.failure == nil)
                #expect(held?.reason.contains("HTTP 429 slow_down") == true)
            }
            // Another model goes on.
            _ = try await second.admit(GateFixture.intent(model: "o3"))
        }
    }

    @Test("a change is notified")
    func notified() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            let listener = PostgresListener(
                fixture.database.configuration, loop: TestDatabase.loop,
                channels: ["agent_worker_providers"])
            let heard = GateFixture.Collected<String>()
            let listening = Task {
                for await event in listener.events() {
                    if case .connected = event { heard.add("connected") }
                    if case .notification(let channel, _) = event { heard.add(channel) }
                }
            }
            defer { listening.cancel() }
            try await eventually("the listener is there") { heard.all.count == 1 }
            let gate = await fixture.gate()
            let permit = try await gate.admit(GateFixture.intent())
            _ = await gate.failed(
                permit, with: GateFixture.refusal(retryAfter: .seconds(9)), job: 1)
            try await eventually("the cool-down is told") {
                heard.all.last == "agent_worker_providers"
            }
        }
    }

    @Test("an absurd Retry-After is cut, and none at all is a short wait of our own")
    func absurd() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            let gate = await fixture.gate(
                policy: CooldownPolicy(longestAsked: .seconds(9_000)))
            for (model, asked, least, most) in [
                ("a", Duration.seconds(864_000_000), 8_000.0, 9_000.0),
                ("b", .seconds(-5), -999, 1),
                ("c", nil, -999, 1),
            ] {
                let permit = try await gate.admit(GateFixture.intent(model: model))
                _ = await gate.failed(
                    permit, with: GateFixture.refusal(retryAfter: asked), job: 1)
                let left = try await fixture.value(
                    Double.self,
                    """
                    extract(epoch FROM until - clock_timestamp())::float8
                    FROM provider_cooldowns WHERE model = '\(model)'
                    """)
                #expect(left >= least && left <= most, "\(model): \(left)")
            }
        }
    }

    @Test("at the reset exactly one call of eight workers probes; it opens the model for all")
    func oneProbe() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            var gates: [ProviderGate] = []
            // Longer than a probe may take here: nobody is held meanwhile.
            for _ in 1...8 { gates.append(await fixture.gate(patience: .seconds(900))) }
            let permit = try await gates[0].admit(GateFixture.intent())
            _ = await gates[0].failed(
                permit, with: GateFixture.refusal(retryAfter: .seconds(1)), job: 1)
            for gate in gates { await gate.refresh() }
            let admitted = GateFixture.Collected<CallPermit>()
            try await withThrowingTaskGroup(of: Void.self) { calls in
                for number in 0..<48 {
                    let gate = gates[number % 8]
                    calls.addTask {
                        let permit = try await gate.admit(GateFixture.intent())
                        admitted.add(permit)
                        if permit.probe == nil { await gate.answered(permit, limits: nil) }
                    }
                }
                try await eventually("a probe is let through") {
                    !admitted.all.isEmpty
                }
                // Nobody else is, for as long as nothing is known of it.
                for gate in gates { await gate.refresh() }
                let first = admitted.all
                #expect(first.count == 1 && first[0].probe != nil)
                #expect(
                    try await fixture.value(Int64.self, "count(*) FROM provider_cooldowns") == 1)
                for gate in gates { await gate.answered(first[0], limits: nil) }
                for gate in gates { await gate.refresh() }
                try await calls.waitForAll()
            }
            #expect(admitted.all.count(where: { $0.probe != nil }) == 1)
            #expect(admitted.all.count == 48)
            #expect(try await fixture.value(Int64.self, "count(*) FROM provider_cooldowns") == 0)
        }
    }

    @Test("a probe that is refused, or gets no answer, lengthens the cool-down twofold")
    func refusedProbe() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            var policy = GateFixture.unhurried
            policy.overload = (first: .seconds(200), most: .seconds(1_000))
            let gate = await fixture.gate(policy: policy)
            let permit = try await gate.admit(GateFixture.intent())
            _ = await gate.failed(permit, with: GateFixture.refusal(.overload), job: 1)
            var lengths: [Int] = []
            let ends: [any Error] = [
                GateFixture.refusal(.overload), GateFixture.Failed(providerSign: .silent),
                GateFixture.refusal(.overload),
            ]
            for end in ends {
                try await fixture.timePasses()
                await gate.refresh()
                let probe = try await gate.admit(GateFixture.intent())
                #expect(probe.probe != nil)
                _ = await gate.failed(probe, with: end, job: 1)
                lengths.append(
                    try await fixture.value(
                        Int.self,
                        """
                        ceil(extract(epoch FROM until - clock_timestamp()) / 200)::bigint
                        FROM provider_cooldowns
                        """))
            }
            #expect(lengths == [2, 4, 5], "in the unit of 200 s")
            // An answer about the call itself shows that the provider works.
            try await fixture.timePasses()
            await gate.refresh()
            let probe = try await gate.admit(GateFixture.intent())
            let held = await gate.failed(
                probe, with: GateFixture.Failed(providerSign: .answered), job: 1)
            #expect(held == nil)
            #expect(try await fixture.value(Int64.self, "count(*) FROM provider_cooldowns") == 0)
        }
    }

    @Test("calls that were on their way when it closed neither lengthen nor end a cool-down")
    func onTheirWay() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            let gate = await fixture.gate()
            var permits: [CallPermit] = []
            for _ in 1...5 { permits.append(try await gate.admit(GateFixture.intent())) }
            for permit in permits.dropLast() {
                _ = await gate.failed(
                    permit, with: GateFixture.refusal(retryAfter: .seconds(20)), job: 1)
            }
            await gate.answered(permits[4], limits: nil)
            let row = try await fixture.connection.query(
                """
                SELECT strikes, extract(epoch FROM until - clock_timestamp())::float8 AS left
                FROM provider_cooldowns
                """)
            #expect(try row.first?.decode(Int32.self, "strikes") == 0)
            #expect((try row.first?.decode(Double.self, "left") ?? 99) <= 20)
        }
    }

    @Test("a probe whose worker died makes room for another when its time is over")
    func deadProbe() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            let dying = await fixture.gate()
            let permit = try await dying.admit(GateFixture.intent())
            _ = await dying.failed(permit, with: GateFixture.refusal(), job: 1)
            try await fixture.timePasses()
            await dying.refresh()
            #expect(try await dying.admit(GateFixture.intent()).probe != nil)
            let living = await fixture.gate(patience: .milliseconds(100))
            await #expect(throws: Suspension.self) {
                try await living.admit(GateFixture.intent())
            }
            try await fixture.timePasses()
            await living.refresh()
            #expect(try await living.admit(GateFixture.intent()).probe != nil)
        }
    }

    @Test("a call that was not made after all leaves the probe to the next")
    func withdrawn() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            let gate = await fixture.gate()
            let permit = try await gate.admit(GateFixture.intent())
            _ = await gate.failed(permit, with: GateFixture.refusal(), job: 1)
            try await fixture.timePasses()
            await gate.refresh()
            let probe = try await gate.admit(GateFixture.intent())
            await gate.withdrawn(probe)
            await gate.refresh()
            #expect(try await gate.admit(GateFixture.intent()).probe != nil)
        }
    }

    @Test("an account out of credit stops its whole provider, loudly, until it is resumed")
    func quota() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            let gate = await fixture.gate(policy: CooldownPolicy(quotaProbe: .seconds(3_000)))
            let permit = try await gate.admit(GateFixture.intent())
            let own = await gate.failed(permit, with: GateFixture.refusal(.quota), job: 1)
            #expect(own?.key == "quota:openai" && own?.providerLimit == .quota)
            let held = await #expect(throws: Suspension.self) {
                try await gate.admit(GateFixture.intent(model: "o3"))
            }
            #expect(held?.key == "quota:openai")
            #expect(held?.reason.contains("agent-worker provider resume openai") == true)
            #expect((held?.holdFor ?? .zero) > .seconds(2_000))
            #expect(
                fixture.notices.all.contains {
                    if case .stopped(GateFixture.model.whole, _) = $0 { true } else { false }
                })
            let other = await fixture.gate()
            #expect(
                fixture.notices.all.count {
                    if case .stopped = $0 { true } else { false }
                } == 2, "each worker says it")
            #expect(try await fixture.desk.closed().map(\.kind) == ["quota"])
            #expect(try await fixture.desk.resume(provider: "openai") == 1)
            #expect(try await fixture.desk.resume(provider: "openai") == 0)
            for gate in [gate, other] {
                await gate.refresh()
                let permit = try await gate.admit(GateFixture.intent(model: "o3"))
                #expect(permit.probe == nil)
            }
        }
    }

    @Test("a stopped account is probed now and then, and a paid bill is noticed")
    func quotaProbe() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            let gate = await fixture.gate()
            let permit = try await gate.admit(GateFixture.intent())
            _ = await gate.failed(permit, with: GateFixture.refusal(.quota), job: 1)
            try await fixture.timePasses()
            await gate.refresh()
            let refused = try await gate.admit(GateFixture.intent())
            #expect(refused.probe != nil)
            _ = await gate.failed(refused, with: GateFixture.refusal(.quota), job: 1)
            try await fixture.timePasses()
            await gate.refresh()
            // Paid again, and too fast for one model: that closes the model alone.
            let paid = try await gate.admit(GateFixture.intent())
            _ = await gate.failed(
                paid, with: GateFixture.refusal(retryAfter: .seconds(300)), job: 1)
            #expect(try await fixture.desk.closed().map(\.name) == [GateFixture.model])
            _ = try await gate.admit(GateFixture.intent(model: "o3"))
        }
    }

    @Test("a job that is refused again and again ends up using its attempts")
    func mostRefusals() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.connection.query(
                """
                INSERT INTO job_attempts (
                    attempt_id, job_id, attempt, worker_id, started_at, outcome, failure_class)
                SELECT gen_random_uuid(), 7, 1, gen_random_uuid(), now(), 'snooze', 'rate_limited'
                FROM generate_series(1, 3)
                """)
            let gate = await fixture.gate(policy: CooldownPolicy(mostRefusals: 3))
            for (job, model) in [(Int64(7), "a"), (8, "b")] {
                let permit = try await gate.admit(GateFixture.intent(model: model))
                let held = await gate.failed(permit, with: GateFixture.refusal(), job: job)
                #expect((held == nil) == (job == 7))
            }
        }
    }

    @Test("the claim is told which jobs a cool-down holds")
    func claim() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.connection.query(
                """
                INSERT INTO provider_cooldowns (provider, model, kind, reason, until) VALUES
                    ('openai', 'gpt-4o', 'rate_limit', 'HTTP 429', now() + interval '1 minute'),
                    ('azure', '*', 'quota', 'HTTP 429 insufficient_quota', now() + interval '1 hour'),
                    ('openai', 'o3', 'overload', 'HTTP 503', now() - interval '1 second')
                """)
            let agent = UUID()
            try await fixture.connection.query(
                """
                INSERT INTO agents (id, user_id, agent_name, user_prompt, model_preference)
                VALUES ($1, gen_random_uuid(), 'a', 'p', 'gpt-4o')
                """, [.uuid(agent)])
            let cases: [(kind: String, payload: String, agent: UUID?, key: String?)] = [
                ("agentkit", #"{"model": "gpt-4o"}"#, nil, "cooldown:openai/gpt-4o"),
                ("agentkit", #"{"model": "openai:gpt-4o"}"#, nil, "cooldown:openai/gpt-4o"),
                ("generation", "{}", nil, "cooldown:openai/gpt-4o"),
                ("generation", #"{"model": ""}"#, nil, "cooldown:openai/gpt-4o"),
                ("agentkit", "{}", nil, nil), ("agentkit", "{}", UUID(), nil),
                ("agentkit", "{}", agent, "cooldown:openai/gpt-4o"),
                ("agentkit", #"{"model": "gpt-5"}"#, agent, nil),
                ("agentkit", #"{"model": "azure:any:thing"}"#, nil, "quota:azure"),
                ("agentkit", #"{"model": "o3"}"#, nil, nil),
                ("unknown", #"{"model": "gpt-4o"}"#, nil, nil),
            ]
            func key(_ kind: String, _ payload: String, _ agent: UUID?) async throws -> String? {
                try await fixture.connection.query(
                    """
                    SELECT hold_key FROM job_cooldown($1, $2::text::jsonb, $3)
                    WHERE cooldowns_active() AND hold_reason <> '' AND hold_until > now()
                    """,
                    [.text(kind), .text(payload), agent.map { .uuid($0) } ?? .null]
                ).first?.decode(String.self, "hold_key")
            }
            let models = ["generation": "gpt-4o", "agentkit": "gpt-5"]
            try await fixture.desk.announce(defaultProvider: "openai", models: models)
            for example in cases {
                let held = try await key(example.kind, example.payload, example.agent)
                #expect(held == example.key, "\(example)")
            }
            // With other models to fall back on, jobs go on to them.
            try await fixture.desk.announce(defaultProvider: nil, models: models)
            #expect(try await key("generation", "{}", nil) == nil)
        }
    }
}
