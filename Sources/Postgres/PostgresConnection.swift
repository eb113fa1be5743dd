import CLibPQ
import EventLoop

/// A connection to PostgreSQL over libpq, pinned to its event loop.
///
/// Concurrent calls queue first in, first out. A statement whose deadline passes or whose task is
/// cancelled is cancelled at the server and the connection stays usable; if the server does not
/// answer that within 5 s, the connection is given up. When the last reference goes, the connection
/// is closed.
public actor PostgresConnection {
    /// The most statements kept prepared per connection.
    static let preparedStatementLimit = 256

    nonisolated let loop: EventLoop
    nonisolated let wire: Wire
    nonisolated let configuration: PostgresConfiguration
    /// Held by a transaction for its whole life, by any other call for its duration.
    nonisolated let sessions: Turnstile
    /// Held for one exchange with the server.
    nonisolated let turns: Turnstile
    var statements: StatementCache
    /// The transaction whose handle may be used now.
    var currentTransaction: UInt64?
    var lastTransaction: UInt64 = 0

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    /// Connects, trying the hosts in order, and makes the session's settings. A `deadline` shortens
    /// the configuration's connect timeout and throws `.deadline`.
    public static func connect(
        _ configuration: PostgresConfiguration, on loop: EventLoop, deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresConnection {
        let established = try await ConnectionAttempt.open(
            configuration, on: loop, deadline: deadline)
        let wire = await withCheckedContinuation { continuation in
            loop.execute {
                continuation.resume(returning: Wire(established.connection, loop: loop))
            }
        }
        let connection = PostgresConnection(wire, configuration, loop)
        do {
            try await connection.makeSettings()
        } catch {
            await connection.close()
            throw error
        }
        return connection
    }

    init(_ wire: Wire, _ configuration: PostgresConfiguration, _ loop: EventLoop) {
        self.wire = wire
        self.configuration = configuration
        self.loop = loop
        sessions = Turnstile(loop: loop)
        turns = Turnstile(loop: loop)
        statements = StatementCache(
            limit: configuration.usesPreparedStatements ? Self.preparedStatementLimit : 0)
    }

    /// False once the connection is known to be broken or closed. An idle connection learns at once
    /// when the server ends it.
    public nonisolated var isUsable: Bool { wire.isUsable }

    /// Whether no transaction was left open.
    nonisolated var isOutsideTransaction: Bool { wire.isOutsideTransaction }

    /// Runs one statement, in a transaction of its own.
    ///
    /// `deadline` counts from the call, waiting included. Throws `.deadline` or `.cancelled` only
    /// when the server has confirmed that nothing happened, or with `outcomeUnknown`; a statement
    /// that completed first returns its rows.
    @discardableResult
    public nonisolated func query(
        _ sql: String, _ parameters: [PostgresParameter] = [], deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        let rows = try await pipeline([PostgresCommand(sql, parameters)], deadline: deadline)
        return rows[0]
    }

    /// Runs `commands` in one round trip and one transaction: all take effect or none. Returns the
    /// rows of each; throws the first error.
    @discardableResult
    public nonisolated func pipeline(
        _ commands: [PostgresCommand], deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRows] {
        let context = commands.first?.summary ?? "empty pipeline"
        return try await withSession(context, deadline) { (deadline) throws(PostgresError) in
            try await run(commands, deadline: deadline)
        }
    }

    /// Runs a script of several statements over the simple protocol, in one implicit transaction
    /// unless it has transaction commands of its own. For migrations: no parameters, no results.
    public nonisolated func execute(
        script: String, deadline: Duration? = nil
    ) async throws(PostgresError) {
        try await withSession("script", deadline) { (deadline) throws(PostgresError) in
            try await run(script: script, deadline: deadline)
        }
    }

    /// Closes the connection; calls under way and waiting throw `.closed`.
    public func close() {
        sessions.close(context: "close")
        turns.close(context: "close")
        wire.shut(PostgresError(.closed, "the connection was closed", context: "close"))
    }

    /// Runs `body` with the connection to itself, passing what is left of the deadline.
    nonisolated func withSession<Value>(
        _ context: String, _ deadline: Duration?,
        _ body: (Duration?) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        try PostgresTransaction.checkNotInside(self, context)
        let start = ContinuousClock.now
        try await sessions.enter(deadline: deadline, context: context)
        defer { sessions.leave() }
        return try await body(deadline.map { max(.zero, $0 - start.duration(to: .now)) })
    }

    private func makeSettings() async throws(PostgresError) {
        let settings = configuration.sessionSettings()
        if settings.isEmpty { return }
        let calls = settings.indices.map { "set_config($\(2 * $0 + 1), $\(2 * $0 + 2), false)" }
        let parameters = settings.flatMap {
            [.text($0.name), .text($0.value)] as [PostgresParameter]
        }
        try await run(
            [PostgresCommand("SELECT " + calls.joined(separator: ", "), parameters)],
            deadline: configuration.connectTimeout, prepared: false)
    }
}
