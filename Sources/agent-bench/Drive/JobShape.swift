/// The jobs a scenario is run with, inserted by SQL.
struct JobShape: Sendable {
    enum Kind: String, Sendable {
        case noOp = "bench_noop"
        /// Records the four operations.
        case recorded = "agentkit"
        /// Lasts as long as its payload says.
        case nap = "bench_nap"
        /// Journalled steps, as many as its agent has.
        case steps = "orchestrator"
    }

    var kind: Kind
    /// How many agents and users they are spread over.
    var agents = 1_000
    /// SQL of run_at.
    var due = "now()"
    /// SQL of the payload, about 150 bytes.
    var payload = "jsonb_build_object('note', repeat('x', 120), 'number', number)"

    init(_ kind: Kind) { self.kind = kind }

    /// A statement that enqueues `count` of them.
    func fill(_ count: Int) -> String {
        """
        INSERT INTO jobs (kind, payload, user_id, agent_id, run_at)
        SELECT '\(kind.rawValue)', \(payload), \(user), \(agent), \(due)
        FROM generate_series(1, \(count)) AS number
        """
    }

    /// One user per agent, not in turn: neighbours in a batch differ by chance.
    private var place: String { "(number::bigint * 7919 % \(agents))" }
    private var user: String { id("22222222-2222-4222-8222-") + "::text" }
    private var agent: String { id("11111111-1111-4111-8111-") + "::uuid" }

    private func id(_ prefix: String) -> String {
        "('\(prefix)' || lpad(to_hex(\(place)), 12, '0'))"
    }
}
