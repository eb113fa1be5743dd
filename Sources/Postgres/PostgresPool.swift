import EventLoop
import Synchronization

/// At most `limit` connections, made when needed, leased first come, first served. A broken one is
/// replaced by the next who needs it.
public final class PostgresPool: Sendable {
    private enum Grant: Sendable {
        case lease(PostgresConnection)
        case connect
    }

    private struct State {
        var pool: PoolState<PostgresConnection>
        var waiters = WaiterQueue<Grant>()
    }

    /// Where its connections go.
    public let configuration: PostgresConfiguration
    private let loop: EventLoop
    private let state: Mutex<State>

    /// Makes no connection yet. `limit` is at least 1.
    public init(_ configuration: PostgresConfiguration, loop: EventLoop, limit: Int) {
        self.configuration = configuration
        self.loop = loop
        state = Mutex(State(pool: PoolState(limit: max(1, limit))))
    }

    /// Leases a connection to `body`. Throws `PostgresError` when none can be had: `.connection`,
    /// `.cancelled`, `.deadline` (of `leaseDeadline`: waiting and connecting), `.closed`.
    ///
    /// A connection left inside a transaction is closed, which rolls it back.
    @discardableResult
    public func withConnection<T>(
        leaseDeadline: Duration? = nil, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        let connection = try await lease(leaseDeadline)
        defer { giveBack(connection) }
        return try await body(connection)
    }

    /// As `PostgresConnection.query` on a leased connection; the deadline includes the lease.
    @discardableResult
    public func query(
        _ sql: String, _ parameters: [PostgresParameter] = [], deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        try await pipeline([PostgresCommand(sql, parameters)], deadline: deadline)[0]
    }

    /// As `PostgresConnection.pipeline` on a leased connection; the deadline includes the lease.
    @discardableResult
    public func pipeline(
        _ commands: [PostgresCommand], deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRows] {
        let start = ContinuousClock.now
        let connection = try await lease(deadline)
        defer { giveBack(connection) }
        return try await connection.pipeline(
            commands, deadline: deadline.map { $0 - start.duration(to: .now) })
    }

    /// As `PostgresConnection.transaction` on a leased connection.
    @discardableResult
    public func transaction<T>(
        commitDeadline: Duration = .seconds(30), _ body: (PostgresTransaction) async throws -> T
    ) async throws -> T {
        try await withConnection { connection in
            try await connection.transaction(commitDeadline: commitDeadline, body)
        }
    }

    /// Refuses new leases and who waits, and closes idle connections; leased ones are closed when
    /// they come back.
    public func close() async {
        let (idle, waiters) = state.withLock { state in
            (state.pool.close(), state.waiters.removeAll())
        }
        for waiter in waiters { waiter.resume(returning: .failure(Self.refusal(.closed))) }
        for connection in idle { await connection.close() }
    }

    /// For metrics: connections that are open, of those the leased ones, and tasks waiting.
    public var counts: (open: Int, leased: Int, waiting: Int) {
        state.withLock { state in
            let open = state.pool.open
            return (open, open - state.pool.idle.count, state.waiters.count)
        }
    }

    private func lease(_ deadline: Duration?) async throws(PostgresError) -> PostgresConnection {
        let start = ContinuousClock.now
        let id = state.withLock { $0.waiters.makeID() }
        let timer = deadline.map { deadline in
            loop.schedule(after: deadline) { [weak self] in self?.refuse(id, .deadline) }
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { request(id, $0) }
        } onCancel: {
            refuse(id, .cancelled)
        }
        timer?.cancel()
        state.withLock { $0.waiters.forget(id) }
        if case .lease(let connection) = try answer.get(), connection.isUsable { return connection }
        return try await connect(deadline.map { max(.zero, $0 - start.duration(to: .now)) })
    }

    /// Fills the slot that the caller holds.
    private func connect(_ deadline: Duration?) async throws(PostgresError) -> PostgresConnection {
        do {
            return try await PostgresConnection.connect(
                configuration, on: loop, deadline: deadline)
        } catch {
            let next = state.withLock { state in
                state.pool.slotFreed(hasWaiters: !state.waiters.isEmpty)
                    ? state.waiters.popFirst() : nil
            }
            next?.resume(returning: .success(.connect))
            throw error
        }
    }

    private func giveBack(_ connection: PostgresConnection) {
        let isUsable = connection.isUsable && connection.isOutsideTransaction
        let (fate, waiter) = state.withLock { state in
            let fate = state.pool.returned(
                connection, isUsable: isUsable, hasWaiters: !state.waiters.isEmpty)
            switch fate {
            case .handOver, .discardAndConnect: return (fate, state.waiters.popFirst())
            case .keep, .discard: return (fate, nil)
            }
        }
        switch fate {
        case .keep: break
        case .handOver: waiter?.resume(returning: .success(.lease(connection)))
        case .discard: discard(connection)
        case .discardAndConnect:
            discard(connection)
            waiter?.resume(returning: .success(.connect))
        }
    }

    private func discard(_ connection: PostgresConnection) {
        loop.execute { connection.assumeIsolated { $0.close() } }
    }

    private func request(_ id: UInt64, _ continuation: WaiterQueue<Grant>.Continuation) {
        let answer: WaiterQueue<Grant>.Answer? = state.withLock { state in
            switch state.pool.request(hasWaiters: !state.waiters.isEmpty) {
            case .lease(let connection): .success(.lease(connection))
            case .connect: .success(.connect)
            case .wait: state.waiters.append(id, continuation)
            case .closed: .failure(Self.refusal(.closed))
            }
        }
        if let answer { continuation.resume(returning: answer) }
    }

    private func refuse(_ id: UInt64, _ code: PostgresError.Code) {
        let error = Self.refusal(code)
        let waiter = state.withLock { $0.waiters.refuse(id, error) }
        waiter?.resume(returning: .failure(error))
    }

    private static func refusal(_ code: PostgresError.Code) -> PostgresError {
        let message =
            code == .closed ? "the pool was closed" : "gave up waiting for a free connection"
        return PostgresError(code, message, context: "lease a connection")
    }
}
