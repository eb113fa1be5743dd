import FoundationEssentials
import Journal
import Limits
import Postgres
import Synchronization
import TestSupport
import Testing

/// A database with limits, and gates that stand for the workers of a fleet.
struct GateFixture: Sendable {
    static let model = ProviderModel(provider: "openai", model: "gpt-4o")

    let database: TestDatabase
    let connection: PostgresConnection
    let notices = Notices()

    typealias Notices = Collected<GateNotice>

    /// What several tasks put together.
    final class Collected<Element: Sendable>: Sendable {
        private let elements = Mutex<[Element]>([])
        var all: [Element] { elements.withLock { $0 } }
        func add(_ element: Element) { elements.withLock { $0.append(element) } }
    }

    static func run(
        in suite: SuiteDatabase, _ body: (GateFixture) async throws -> Void
    ) async throws {
        let database = try await suite.get()
        let connection = try await database.connect()
        try await connection.execute(
            script: """
                TRUNCATE provider_limits, provider_allowances, provider_slices,
                    provider_cooldowns, jobs, job_attempts
                """)
        try await body(GateFixture(database: database, connection: connection))
        await connection.close()
    }

    var desk: ProviderDesk { ProviderDesk(connection) }

    /// A worker's gate, which knows what the database knows now.
    func gate(
        patience: Duration = .seconds(30), policy: CooldownPolicy = unhurried
    ) async -> ProviderGate {
        let gate = ProviderGate(
            pool: database.pool(limit: 1), worker: UUID(), policy: policy, patience: patience
        ) { notices.add($0) }
        // On a busy machine a statement may take longer than the gate waits for one.
        var failed: Int
        repeat {
            failed = failures
            await gate.refresh()
        } while failures > failed
        return gate
    }

    /// How often a gate could not ask or tell the database.
    var failures: Int {
        notices.all.count { if case .failed = $0 { true } else { false } }
    }

    /// The usual rules, but for probes that no slow machine makes too late.
    static var unhurried: CooldownPolicy {
        var policy = CooldownPolicy()
        policy.probeLimit = .seconds(600)
        policy.probeGrace = .seconds(600)
        return policy
    }

    /// Has no time pass for bucket and slices until the next lease.
    func freeze() async throws {
        try await connection.execute(
            script: """
                UPDATE provider_allowances SET refilled_at = clock_timestamp() + interval '1 hour';
                UPDATE provider_slices SET expires_at = clock_timestamp() + interval '1 hour'
                """)
    }

    static func intent(
        model: String = model.model, tokens: Int = 100
    ) -> CallIntent {
        CallIntent(
            provider: "openai", model: model,
            activity: CallActivity(type: "agent_execution", name: "chat"), step: "s",
            estimatedInputTokens: tokens, maxOutputTokens: nil, fingerprint: "f")
    }

    static func refusal(
        _ kind: ProviderRefusal.Kind = .rateLimit, retryAfter: Duration? = nil
    ) -> Refused {
        Refused(
            refusal: ProviderRefusal(
                kind: kind, retryAfter: retryAfter, reason: "HTTP 429 slow_down",
                failure: RunFailure(
                    kind == .quota ? .quota : .rateLimited, code: "slow_down", message: "asked to")
            ))
    }

    /// What a refused call throws.
    struct Refused: ProviderReporting {
        let refusal: ProviderRefusal
        var providerSign: ProviderSign { .refused(refusal) }
        var rateLimits: RateLimitReport? { nil }
    }

    /// What a call throws that got no answer, or an answer about itself.
    struct Failed: ProviderReporting {
        let providerSign: ProviderSign
        var rateLimits: RateLimitReport? { nil }
    }

    /// A value of the first row.
    func value<T: PostgresDecodable>(_ type: T.Type, _ sql: String) async throws -> T {
        let rows = try await connection.query("SELECT (SELECT \(sql)) AS value")
        return try #require(rows.first).decode(type, "value")
    }

    /// Ends the wait of a cool-down, as time would.
    func timePasses() async throws {
        try await connection.query(
            """
            UPDATE provider_cooldowns SET until = clock_timestamp() - interval '1 millisecond',
                probe_until = clock_timestamp() - interval '1 millisecond' + (probe_until - probe_until)
            """)
    }
}
