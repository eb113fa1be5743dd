import CLibPQ
import EventLoop

/// One exchange with the server at a time: turn, interruption, verdict.
extension PostgresConnection {
    /// What an exchange needs to know.
    struct Exchange {
        let context: String
        let deadline: Duration?
        /// Whether cancelling the task cancels the statement.
        var isCancellable = true
        /// Whether it ends the transaction that is open.
        var endsTransaction = false
    }

    /// Runs commands in one pipeline.
    @discardableResult
    func run(
        _ commands: [PostgresCommand], deadline: Duration?, isCancellable: Bool = true,
        prepared: Bool = true
    ) async throws(PostgresError) -> [PostgresRows] {
        guard let first = commands.first else { return [] }
        let exchange = Exchange(
            context: first.summary, deadline: deadline, isCancellable: isCancellable,
            endsTransaction: commands.contains { $0.endsTransaction })
        do {
            return try await perform(exchange) { unknown in
                await sendAndReceive(commands, exchange.context, unknown, prepared: prepared)
            }
        } catch {
            // The server undid all of it and the statement has been forgotten here: once more, with
            // the statement parsed anew.
            guard error.isStalePlan || error.isUnknownStatement, wire.isOutsideTransaction else {
                throw error
            }
            return try await perform(exchange) { unknown in
                await sendAndReceive(commands, exchange.context, unknown, prepared: prepared)
            }
        }
    }

    /// Runs a script over the simple protocol.
    func run(script: String, deadline: Duration?) async throws(PostgresError) {
        let exchange = Exchange(context: "script", deadline: deadline, endsTransaction: true)
        try await perform(exchange) { unknown in await runScript(script, unknown) }
    }

    /// Runs `body`, which sends and receives until the server is ready again; it is told whether
    /// losing the answer would leave the outcome unknown.
    func perform<Value>(
        _ exchange: Exchange, _ body: (Bool) async -> Result<Value, PostgresError>
    ) async throws(PostgresError) -> Value {
        let start = ContinuousClock.now
        try await turns.enter(deadline: exchange.deadline, context: exchange.context)
        defer { turns.leave() }
        let remaining = exchange.deadline.map { $0 - start.duration(to: .now) }
        return try await performInTurn(exchange, remaining, body)
    }

    /// `perform` for who holds the turn.
    func performInTurn<Value>(
        _ exchange: Exchange, _ deadline: Duration?,
        _ body: (Bool) async -> Result<Value, PostgresError>
    ) async throws(PostgresError) -> Value {
        guard let connection = wire.connection else { throw brokenEarlier(exchange.context) }
        if exchange.isCancellable && Task.isCancelled {
            throw PostgresError(
                .cancelled, "cancelled before it was sent", context: exchange.context)
        }
        if let deadline, deadline <= .zero {
            throw PostgresError(
                .deadline, "the deadline passed before it was sent", context: exchange.context)
        }
        // Inside an explicit transaction a lost connection means rollback: that is known.
        let unknown = exchange.endsTransaction || PQtransactionStatus(connection) == PQTRANS_IDLE
        let canceller = QueryCanceller(wire, context: exchange.context, outcomeUnknown: unknown)
        let loop = loop
        let timer = deadline.map { deadline in
            loop.schedule(after: deadline) { canceller.interrupt(.deadline) }
        }
        let isCancellable = exchange.isCancellable
        wire.begin()
        let result = await withTaskCancellationHandler {
            await body(unknown)
        } onCancel: {
            if isCancellable { loop.execute { canceller.interrupt(.cancelled) } }
        }
        timer?.cancel()
        await canceller.finish()
        await absorbLateCancel(canceller.reason, result)
        wire.rest()
        return try verdict(result, canceller.reason, unknown, exchange.context)
    }

    /// What the exchange's result means, given that it may have been interrupted.
    private func verdict<Value>(
        _ result: Result<Value, PostgresError>, _ reason: PostgresError.Code?, _ unknown: Bool,
        _ context: String
    ) throws(PostgresError) -> Value {
        let warning = wire.notices.takeDurabilityWarning()
        switch result {
        case .success(let value):
            guard let warning else { return value }
            throw PostgresError(
                reason ?? .server(sqlState: "01000"), warning,
                hint: "committed on this server, perhaps not on its standby", context: context,
                outcomeUnknown: true)
        case .failure(let error):
            guard let reason else { throw error }
            // The server confirms that the cancel request stopped it: nothing happened.
            if error.sqlState == "57014" {
                throw error.with(
                    code: reason,
                    message: reason == .deadline
                        ? "cancelled at its deadline" : "cancelled with its task",
                    outcomeUnknown: false)
            }
            if error.code == .connection || error.code == .closed {
                throw error.with(code: reason, outcomeUnknown: unknown)
            }
            throw error
        }
    }

    /// A cancel request that came too late for its statement may still be on its way through a
    /// pooler: an empty statement takes the blow, so that the next one does not.
    private func absorbLateCancel<Value>(
        _ reason: PostgresError.Code?, _ result: Result<Value, PostgresError>
    ) async {
        guard reason != nil, wire.isUsable else { return }
        // A COPY that has begun takes the blow itself.
        guard wire.connection.map({ PQtransactionStatus($0) }) != PQTRANS_ACTIVE else { return }
        if case .failure(let error) = result, error.sqlState == "57014" { return }
        let context = "after a cancel request"
        let wire = wire
        let timer = loop.schedule(after: QueryCanceller.grace) {
            wire.shut(PostgresError(.connection, "no answer", context: context))
        }
        _ = await sendAndReceive([PostgresCommand("")], context, false, prepared: false)
        timer.cancel()
    }

    private func brokenEarlier(_ context: String) -> PostgresError {
        let failure = wire.failure
        return PostgresError(
            failure?.code == .closed ? .closed : .connection,
            failure.map { "the connection is gone: \($0.message)" } ?? "the connection is gone",
            context: context)
    }
}
