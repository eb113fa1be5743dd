extension PostgresConnection {
    /// Runs `body` in a transaction and commits; rolls back when it throws.
    ///
    /// Cancelling the task cancels the statement under way, but neither COMMIT nor ROLLBACK. A
    /// COMMIT without an answer by `commitDeadline` throws with `outcomeUnknown`: statement_timeout
    /// does not bound a wait for a synchronous standby.
    @discardableResult
    public nonisolated func transaction<T>(
        commitDeadline: Duration = .seconds(30), _ body: (PostgresTransaction) async throws -> T
    ) async throws -> T {
        try PostgresTransaction.checkNotInside(self, "BEGIN")
        try await sessions.enter(deadline: nil, context: "BEGIN")
        defer { sessions.leave() }
        let transaction = try await begin()
        do {
            let holders = PostgresTransaction.holders + [ObjectIdentifier(self)]
            let value = try await PostgresTransaction.$holders.withValue(holders) {
                try await body(transaction)
            }
            try await commit(transaction, commitDeadline)
            return value
        } catch {
            await rollBack(transaction)
            throw error
        }
    }

    func run(
        _ commands: [PostgresCommand], in transaction: PostgresTransaction, deadline: Duration?
    ) async throws(PostgresError) -> [PostgresRows] {
        try checkCurrent(transaction)
        return try await run(commands, deadline: deadline)
    }

    func run(
        script: String, in transaction: PostgresTransaction, deadline: Duration?
    ) async throws(PostgresError) {
        try checkCurrent(transaction)
        try await run(script: script, deadline: deadline)
    }

    func checkCurrent(_ transaction: PostgresTransaction) throws(PostgresError) {
        guard currentTransaction == transaction.id else {
            throw PostgresError(.usage, "the transaction has ended", context: "transaction")
        }
    }

    private func begin() async throws(PostgresError) -> PostgresTransaction {
        do {
            try await run([PostgresCommand("BEGIN")], deadline: nil)
        } catch {
            await leaveCleanly()
            throw error
        }
        lastTransaction += 1
        currentTransaction = lastTransaction
        return PostgresTransaction(connection: self, id: lastTransaction)
    }

    private func commit(
        _ transaction: PostgresTransaction, _ deadline: Duration
    ) async throws(PostgresError) {
        currentTransaction = nil
        let rows = try await run(
            [PostgresCommand("COMMIT")], deadline: deadline, isCancellable: false)
        // A COMMIT after a failed statement succeeds, as a rollback.
        guard rows[0].result.commandTag == "COMMIT" else {
            throw PostgresError(
                .server(sqlState: "25P02"),
                "rolled back: a statement failed and its error was not passed on",
                context: "COMMIT")
        }
    }

    private func rollBack(_ transaction: PostgresTransaction) async {
        currentTransaction = nil
        await leaveCleanly()
    }

    /// Ends whatever transaction is open; a connection on which that fails is closed.
    private func leaveCleanly() async {
        guard wire.isUsable, !wire.isOutsideTransaction else { return }
        do {
            try await run(
                [PostgresCommand("ROLLBACK")], deadline: QueryCanceller.grace,
                isCancellable: false)
        } catch {
            close()
        }
    }
}
