import CLibPQ

/// The simple protocol, for scripts.
extension PostgresConnection {
    func runScript(_ script: String, _ outcomeUnknown: Bool) async -> Result<Void, PostgresError> {
        let context = "script"
        guard let connection = wire.connection else { return .failure(lost(context)) }
        guard PQexitPipelineMode(connection) == 1, PQsendQuery(connection, script) == 1 else {
            let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
            let error = PostgresError(.connection, PostgresError.firstLine(text), context: context)
            wire.shut(error)
            return .failure(error)
        }
        guard await wire.flush() else { return .failure(lost(context)) }
        return await receiveAll(context, outcomeUnknown).map { _ in }
    }

    /// Reads the results of simple-protocol commands to their end: the last one, or the first
    /// error. A COPY inside is ended with an error.
    func receiveAll(
        _ context: String, _ outcomeUnknown: Bool
    ) async -> Result<ResultHandle?, PostgresError> {
        var failure: PostgresError?
        var last: ResultHandle?
        while true {
            let result: ResultHandle
            switch await wire.next(context: context, outcomeUnknown: outcomeUnknown) {
            case .broken: return .failure(failure ?? lost(context))
            case .endOfCommand:
                if let failure { return .failure(failure) }
                return .success(last)
            case .result(let next): result = next
            }
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = result
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                let error = PostgresError(
                    .usage, "COPY is not possible here; connection given up", context: context,
                    outcomeUnknown: outcomeUnknown)
                wire.shut(error)
                return .failure(error)
            default:
                failure = failure ?? result.error(context: context, outcomeUnknown: false)
            }
        }
    }
}
