import CLibPQ

/// The extended protocol: statements prepared when first used, everything in one pipeline.
extension PostgresConnection {
    /// What was sent, in order; each is answered by one result.
    private enum Step {
        case deallocate(name: String)
        case prepare(name: String)
        /// `name` is nil for an unnamed statement.
        case command(name: String?)
    }

    /// Sends `commands` with one sync behind them, and reads to the sync's answer whatever happens,
    /// so that no later command receives an answer of these.
    func sendAndReceive(
        _ commands: [PostgresCommand], _ context: String, _ outcomeUnknown: Bool, prepared: Bool
    ) async -> Result<[PostgresRows], PostgresError> {
        var buffers: [ParameterBuffer] = []
        for command in commands {
            switch encode(command) {
            case .success(let buffer): buffers.append(buffer)
            case .failure(let error): return .failure(error)
            }
        }
        guard let connection = wire.connection else { return .failure(lost(context)) }
        var steps: [Step] = []
        let isQueued = queue(connection, Array(zip(commands, buffers)), prepared, &steps)
        guard isQueued, PQpipelineSync(connection) == 1 else {
            // Part of it may be in libpq's buffer: only a new connection is in a known state.
            let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
            let error = PostgresError(
                .connection, PostgresError.firstLine(text), context: context)
            wire.shut(error)
            return .failure(error)
        }
        guard await wire.flush() else { return .failure(lost(context)) }
        return await receive(steps, context, outcomeUnknown)
    }

    /// Puts everything but the sync into libpq's buffer.
    private func queue(
        _ connection: OpaquePointer, _ commands: [(PostgresCommand, ParameterBuffer)],
        _ prepared: Bool, _ steps: inout [Step]
    ) -> Bool {
        guard PQenterPipelineMode(connection) == 1 else { return false }
        let usesCache = prepared && configuration.usesPreparedStatements
        if usesCache {
            guard sendEvictions(connection, commands.count, &steps) else { return false }
        }
        for (command, buffer) in commands {
            let isQueued =
                usesCache
                ? send(connection, command, buffer, &steps)
                : sendUnnamed(connection, command, buffer, &steps)
            guard isQueued else { return false }
        }
        return true
    }

    private func encode(_ command: PostgresCommand) -> Result<ParameterBuffer, PostgresError> {
        guard command.parameters.count <= 65_535 else {
            return .failure(
                PostgresError(.usage, "more than 65535 parameters", context: command.summary))
        }
        // COPY would leave the pipeline waiting for data for ever.
        guard command.sql.drop(while: \.isWhitespace).prefix(5).uppercased() != "COPY " else {
            return .failure(
                PostgresError(.usage, "COPY needs copyIn", context: command.summary))
        }
        do {
            return .success(try ParameterBuffer(command.parameters))
        } catch {
            return .failure(
                PostgresError(
                    .server(sqlState: "22021"), "a text parameter holds a NUL character",
                    context: command.summary))
        }
    }

    private func sendEvictions(_ connection: OpaquePointer, _ adding: Int, _ steps: inout [Step])
        -> Bool
    {
        while let name = statements.evict(adding: adding) {
            guard
                PQsendQueryParams(
                    connection, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 1) == 1
            else { return false }
            steps.append(.deallocate(name: name))
        }
        return true
    }

    private func send(
        _ connection: OpaquePointer, _ command: PostgresCommand, _ buffer: ParameterBuffer,
        _ steps: inout [Step]
    ) -> Bool {
        let name: String
        switch statements.lookUp(command.sql, command.parameters, buffer.types) {
        case .prepared(let known): name = known
        case .new(let new):
            name = new
            let count = Int32(buffer.types.count)
            guard PQsendPrepare(connection, new, command.sql, count, buffer.types) == 1 else {
                return false
            }
            // Known from here on for the rest of the batch; taken back if preparing fails.
            statements.insert(new, sql: command.sql, types: buffer.types)
            steps.append(.prepare(name: new))
        }
        steps.append(.command(name: name))
        return buffer.withRaw { count, _, values, lengths, formats in
            PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1) == 1
        }
    }

    private func sendUnnamed(
        _ connection: OpaquePointer, _ command: PostgresCommand, _ buffer: ParameterBuffer,
        _ steps: inout [Step]
    ) -> Bool {
        steps.append(.command(name: nil))
        return buffer.withRaw { count, types, values, lengths, formats in
            PQsendQueryParams(
                connection, command.sql, count, types, values, lengths, formats, 1) == 1
        }
    }

    /// Reads one result for each step, then the sync's. A failure at the commit, which the sync
    /// triggers, comes as one more result.
    private func receive(
        _ steps: [Step], _ context: String, _ outcomeUnknown: Bool
    ) async -> Result<[PostgresRows], PostgresError> {
        var rows: [PostgresRows] = []
        var failure: PostgresError?
        var position = 0
        var silences = 0
        while true {
            let result: ResultHandle
            switch await wire.next(context: context, outcomeUnknown: outcomeUnknown) {
            case .broken: return .failure(failure ?? lost(context))
            case .endOfCommand:
                silences += 1
                guard silences < 4 else { return .failure(desynchronised(context, outcomeUnknown)) }
                continue
            case .result(let next): result = next
            }
            silences = 0
            let step = position < steps.count ? steps[position] : nil
            position += 1
            switch result.status {
            case PGRES_PIPELINE_SYNC:
                // The NULL behind it takes libpq from "pipeline idle" to idle; only then is the
                // transaction status right.
                _ = await wire.next(context: context, outcomeUnknown: false)
                if let failure { return .failure(failure) }
                return .success(rows)
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                if case .command = step { rows.append(PostgresRows(result)) }
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                return .failure(desynchronised(context, outcomeUnknown))
            default:
                let error = result.error(context: context, outcomeUnknown: false)
                undo(step, error)
                guard failure == nil, result.status != PGRES_PIPELINE_ABORTED else { continue }
                failure = error
            }
        }
    }

    /// A step failed or was skipped: the server's statements are not what the cache thinks.
    private func undo(_ step: Step?, _ error: PostgresError) {
        switch step {
        case .prepare(let name): statements.remove(name)
        case .deallocate(let name): statements.keepOrphan(name)
        case .command(let name?) where error.isStalePlan:
            statements.remove(name)
            statements.keepOrphan(name)
        case .command(let name?) where error.isUnknownStatement: statements.remove(name)
        case .command, nil: break
        }
    }

    private func desynchronised(_ context: String, _ outcomeUnknown: Bool) -> PostgresError {
        let error = PostgresError(
            .connection, "answers do not match what was sent; connection given up",
            context: context, outcomeUnknown: outcomeUnknown)
        wire.shut(error)
        return error
    }

    func lost(_ context: String) -> PostgresError {
        wire.failure ?? PostgresError(.connection, "the connection is gone", context: context)
    }
}
