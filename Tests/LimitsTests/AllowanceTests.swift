import FoundationEssentials
import Journal
import Limits
import Postgres
import TestSupport
import Testing

@Suite("The fleet's allowance", .serialized, .timeLimit(.minutes(2)))
struct AllowanceTests {
    static let database = SuiteDatabase(migrated: true)

    /// One lease; the columns that tests look at.
    private func lease(
        _ fixture: GateFixture, _ worker: UUID, requests: Int32, tokens: Int64 = 0,
        unused: Double = 0, left: Double? = nil
    ) async throws -> (requests: Int32, level: Double, sharers: Int32, retry: Double)? {
        let rows = try await fixture.connection.query(
            "SELECT * FROM lease_allowance('openai', 'gpt-4o', $1, $2, $3, $3, $4, 0, $5)",
            [
                .uuid(worker), .int32(requests), .int64(tokens), .double(unused),
                left.map { .double($0) } ?? .null,
            ])
        guard let row = rows.first else { return nil }
        return (
            try row.decode(Int32.self, "requests"),
            try row.decodeIfPresent(Double.self, "request_level") ?? .infinity,
            try row.decode(Int32.self, "sharers"), try row.decode(Double.self, "retry_ms")
        )
    }

    @Test("without a limit no permit is needed, and nothing is written")
    func unlimited() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            #expect(try await lease(fixture, UUID(), requests: 5) == nil)
            let gate = await fixture.gate()
            for _ in 1...20 { _ = try await gate.admit(GateFixture.intent()) }
            #expect(try await fixture.value(Int64.self, "count(*) FROM provider_slices") == 0)
        }
    }

    @Test("no more is leased than two seconds ahead, and workers that asked lately share it")
    func shared() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.desk.set(GateFixture.model, requests: 6_000, tokens: nil)
            try await fixture.connection.query(
                """
                INSERT INTO provider_allowances (provider, model, requests, tokens, refilled_at)
                VALUES ('openai', 'gpt-4o', 98, 0, clock_timestamp())
                """)
            // 98 a second, a second's worth of it there: the first gets two seconds' worth, the second
            // its half of that, and then all is leased that may be.
            for (number, granted) in [Int32(196), 98, 0, 0].enumerated() {
                try await fixture.freeze()
                let lease = try #require(try await lease(fixture, UUID(), requests: 1_000))
                #expect(lease.requests == granted, "worker \(number)")
                #expect(lease.sharers == Int32(number + 1))
                #expect((lease.retry > 0) == (granted == 0))
            }
        }
    }

    @Test("what is returned is there for others; a dead worker's slice is lost, and only that")
    func returned() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.desk.set(GateFixture.model, requests: 60, tokens: nil)
            let dead = UUID()
            let living = UUID()
            #expect(try await lease(fixture, dead, requests: 1)?.requests == 1)
            try await fixture.freeze()
            #expect(try await lease(fixture, living, requests: 1)?.requests == 1)
            try await fixture.freeze()
            let back = try #require(try await lease(fixture, living, requests: 1, unused: 1))
            // The bucket held one, two were leased, and one came back.
            #expect(back.requests == 1 && back.level == 0)
            #expect(
                try await fixture.value(Int64.self, "count(*) FROM provider_slices") == 2)
            // The dead worker's is out of the count as soon as it expired.
            try await fixture.connection.query(
                """
                UPDATE provider_slices SET expires_at = clock_timestamp() - interval '2 minutes'
                WHERE worker_id = $1
                """, [.uuid(dead)])
            #expect(try await lease(fixture, living, requests: 1)?.sharers == 1)
            #expect(
                try await fixture.value(Int64.self, "count(*) FROM provider_slices") == 1)
        }
    }

    @Test("what the provider says is left is believed when it is less")
    func believed() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.desk.set(GateFixture.model, requests: 600, tokens: nil)
            let lease = try #require(try await lease(fixture, UUID(), requests: 5, left: 2))
            #expect(lease.level == 2)
        }
    }

    @Test("calls of one worker go at the limit's pace, with a statement per slice and not per call")
    func paced() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.desk.set(GateFixture.model, requests: 6_000, tokens: nil)
            try await fixture.connection.execute(
                script: """
                    CREATE SEQUENCE counted_leases;
                    CREATE FUNCTION count_lease() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN PERFORM nextval('counted_leases'); RETURN NEW; END $$;
                    CREATE TRIGGER counted BEFORE INSERT OR UPDATE ON provider_slices
                        FOR EACH ROW EXECUTE FUNCTION count_lease()
                    """)
            let gate = await fixture.gate(patience: .seconds(60))
            let started = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { calls in
                for _ in 1...300 {
                    calls.addTask { _ = try await gate.admit(GateFixture.intent()) }
                }
                try await calls.waitForAll()
            }
            // A second's worth at once, the rest at 98 a second.
            let took = started.duration(to: .now)
            #expect(took >= .seconds(2), "\(took)")
            // Each lease stands for at least a tenth of a second, and most for two.
            let leases = try await fixture.value(
                Int64.self, "last_value FROM counted_leases")
            #expect(leases > 0 && leases < 100, "\(leases) statements for 300 calls")
            try await fixture.connection.execute(
                script: """
                    DROP TRIGGER counted ON provider_slices; DROP FUNCTION count_lease();
                    DROP SEQUENCE counted_leases
                    """)
        }
    }

    @Test("tokens are counted as admitted: the prompt's estimate and the most it may write")
    func tokens() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.desk.set(GateFixture.model, requests: nil, tokens: 6_000)
            let gate = await fixture.gate(patience: .seconds(5))
            _ = try await gate.admit(GateFixture.intent(tokens: 50_000))
            // It is paid off before the next goes: 500 seconds at 98 a second.
            let held = await #expect(throws: Suspension.self) {
                try await gate.admit(GateFixture.intent(tokens: 100))
            }
            #expect(held?.key == "rate:openai/gpt-4o")
            #expect(held?.providerLimit == .rateLimited)
        }
    }

    @Test("a call whose permit is too far away is held, off its slot, with the figures")
    func tooFar() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.desk.set(GateFixture.model, requests: 1, tokens: nil)
            let gate = await fixture.gate(patience: .seconds(5))
            _ = try await gate.admit(GateFixture.intent())
            let held = await #expect(throws: Suspension.self) {
                try await gate.admit(GateFixture.intent())
            }
            #expect(held?.key == "rate:openai/gpt-4o")
            #expect(held?.reason.contains("1 requests per minute") == true)
            #expect((held?.holdFor ?? .zero) >= .seconds(1))
            let soon = await #expect(throws: Suspension.self) {
                try await gate.admit(GateFixture.intent())
            }
            #expect((soon?.holdFor ?? .zero) > .seconds(20), "the second waits behind the first")
        }
    }

    @Test("limits are learned from headers, and an operator's word goes before them")
    func learned() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            let gate = await fixture.gate()
            let permit = try await gate.admit(GateFixture.intent())
            await gate.answered(
                permit,
                limits: RateLimitReport(
                    requests: .init(limit: 500, remaining: 499, reset: .milliseconds(120)),
                    tokens: .init(limit: 90_000, remaining: 89_000, reset: .milliseconds(670))))
            try await eventually("the limits are learned") {
                fixture.notices.all.contains(
                    .learned(GateFixture.model, requests: 500, tokens: 90_000))
            }
            let limits = try await fixture.desk.limits()
            #expect(limits.first?.learnedRequests == 500)
            #expect(limits.first?.learnedTokens == 90_000)
            try await fixture.desk.set(GateFixture.model, requests: 60, tokens: nil)
            #expect(
                try await fixture.value(
                    Double.self, "requests FROM provider_limit('openai', 'gpt-4o')") == 60)
            #expect(
                try await fixture.value(
                    Double.self, "tokens FROM provider_limit('openai', 'gpt-4o')") == 90_000)
            try await fixture.desk.set(
                ProviderModel(provider: "openai", model: "*"), requests: 30, tokens: nil)
            #expect(
                try await fixture.value(
                    Double.self, "requests FROM provider_limit('openai', 'o3')") == 30)
            #expect(try await fixture.desk.remove(GateFixture.model))
            #expect(try await !fixture.desk.remove(GateFixture.model))
        }
    }

    @Test("a call that waits ends at once when its run is stopped")
    func stopped() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.desk.set(GateFixture.model, requests: 1, tokens: nil)
            let gate = await fixture.gate(patience: .seconds(600))
            _ = try await gate.admit(GateFixture.intent())
            let waiting = Task { try await gate.admit(GateFixture.intent()) }
            try await eventually("the second asked for a slice, and was sent away") {
                try await fixture.value(Int32.self, "min(requests) FROM provider_slices") == 0
            }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test("without the database no call waits longer than its patience, and none uses an attempt")
    func outage() async throws {
        try await GateFixture.run(in: Self.database) { fixture in
            try await fixture.desk.set(GateFixture.model, requests: 600, tokens: nil)
            let gate = await fixture.gate(patience: .seconds(1))
            try await fixture.connection.execute(
                script: "ALTER FUNCTION lease_allowance RENAME TO gone")
            let held = await #expect(throws: Suspension.self) {
                try await gate.admit(GateFixture.intent())
            }
            #expect(held?.key == "rate:openai/gpt-4o")
            #expect(
                fixture.notices.all.contains {
                    if case .failed = $0 { true } else { false }
                })
            try await fixture.connection.execute(
                script: "ALTER FUNCTION gone RENAME TO lease_allowance")
            _ = try await fixture.gate().admit(GateFixture.intent())
        }
    }
}
