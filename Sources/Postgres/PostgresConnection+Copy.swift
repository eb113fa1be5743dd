import CLibPQ

extension PostgresConnection {
    /// Runs a `COPY … FROM STDIN` with the bytes of `chunks`, which may be cut anywhere, and
    /// returns the number of rows. All rows or none: an error of the server, of `chunks`, or a
    /// cancelled task stores nothing.
    public nonisolated func copyIn<S: AsyncSequence>(
        _ sql: String, _ chunks: S
    ) async throws -> Int where S.Element == [UInt8] {
        let context = PostgresCommand.summary(of: sql)
        try PostgresTransaction.checkNotInside(self, context)
        try await sessions.enter(deadline: nil, context: context)
        defer { sessions.leave() }
        return try await copy(sql, chunks)
    }

    /// `copyIn` for who holds the session.
    nonisolated func copy<S: AsyncSequence>(
        _ sql: String, _ chunks: S
    ) async throws -> Int where S.Element == [UInt8] {
        let context = PostgresCommand.summary(of: sql)
        try await turns.enter(deadline: nil, context: context)
        defer { turns.leave() }
        try await startCopy(sql, context)
        do {
            for try await chunk in chunks {
                try await sendCopy(chunk, context)
            }
            if Task.isCancelled {
                throw PostgresError(.cancelled, "the task was cancelled", context: context)
            }
        } catch {
            await abortCopy(context)
            throw error
        }
        return try await endCopy(context)
    }

    private func startCopy(_ sql: String, _ context: String) async throws(PostgresError) {
        let exchange = Exchange(context: context, deadline: nil)
        try await performInTurn(exchange, nil) { unknown in
            await requestCopy(sql, context, unknown)
        }
        // Not idle: what arrives until the end belongs to the COPY.
        wire.begin()
    }

    private func requestCopy(
        _ sql: String, _ context: String, _ outcomeUnknown: Bool
    ) async -> Result<Void, PostgresError> {
        guard let connection = wire.connection else { return .failure(lost(context)) }
        guard PQexitPipelineMode(connection) == 1, PQsendQuery(connection, sql) == 1 else {
            let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
            let error = PostgresError(.connection, PostgresError.firstLine(text), context: context)
            wire.shut(error)
            return .failure(error)
        }
        guard await wire.flush() else { return .failure(lost(context)) }
        guard
            case .result(let result) = await wire.next(
                context: context, outcomeUnknown: outcomeUnknown)
        else { return .failure(lost(context)) }
        if result.status == PGRES_COPY_IN { return .success(()) }
        let rest = await receiveAll(context, outcomeUnknown)
        if case .failure(let error) = rest { return .failure(error) }
        if result.status == PGRES_FATAL_ERROR {
            return .failure(result.error(context: context, outcomeUnknown: false))
        }
        return .failure(
            PostgresError(.usage, "not a COPY … FROM STDIN; it was executed", context: context))
    }

    private func sendCopy(_ chunk: [UInt8], _ context: String) async throws(PostgresError) {
        if Task.isCancelled {
            throw PostgresError(.cancelled, "the task was cancelled", context: context)
        }
        // In pieces, so that libpq's buffer does not take a copy of a huge chunk.
        let piece = 64 << 10
        var start = 0
        while start < chunk.count {
            let end = min(chunk.count, start + piece)
            try await put(chunk[start..<end], context)
            start = end
        }
    }

    private func put(_ bytes: ArraySlice<UInt8>, _ context: String) async throws(PostgresError) {
        while let connection = wire.connection {
            let sent = bytes.withUnsafeBytes { buffer in
                PQputCopyData(
                    connection, buffer.bindMemory(to: CChar.self).baseAddress, Int32(buffer.count))
            }
            guard sent >= 0, await wire.flush(), !wire.inputHasEnded else { break }
            if sent == 1 { return }
        }
        wire.lose(context: context, outcomeUnknown: false)
        throw lost(context)
    }

    private func endCopy(_ context: String) async throws(PostgresError) -> Int {
        let exchange = Exchange(context: context, deadline: nil)
        return try await performInTurn(exchange, nil) { _ in
            await finishCopy(nil, context)
        }
    }

    /// Makes the server forget the rows sent so far, even when the task is cancelled already.
    private func abortCopy(_ context: String) async {
        let exchange = Exchange(context: context, deadline: nil, isCancellable: false)
        do {
            _ = try await performInTurn(exchange, QueryCanceller.grace) { _ in
                await finishCopy("the source of the rows failed", context)
            }
        } catch {
            // The expected answer: the COPY failed, as asked. A lost connection ends it as well.
        }
    }

    private func finishCopy(
        _ refusal: String?, _ context: String
    ) async -> Result<Int, PostgresError> {
        guard let before = wire.connection else { return .failure(lost(context)) }
        // Inside an explicit transaction a lost connection means rollback.
        let outcomeUnknown = refusal == nil && currentTransaction == nil
        var ended = PQputCopyEnd(before, refusal)
        while ended == 0 {
            guard await wire.flush(), !wire.inputHasEnded, let connection = wire.connection else {
                wire.lose(context: context, outcomeUnknown: false)
                return .failure(lost(context))
            }
            ended = PQputCopyEnd(connection, refusal)
        }
        guard await wire.flush() else { return .failure(lost(context)) }
        return await receiveAll(context, outcomeUnknown).map { $0?.affected ?? 0 }
    }
}
