import CLibPQ
import EventLoop
import Synchronization

/// One attempt to connect: libpq's blocking connect on a thread of its own, because it resolves
/// names with a blocking call and because only the blocking form honours connect_timeout and goes
/// on to the next host after it. Whoever waits can give up at once; a connection that then arrives
/// is closed.
final class ConnectionAttempt: Sendable {
    /// An established connection on its way from the thread that made it to the loop.
    ///
    /// Unchecked `Sendable`: it is handed over once, and only its receiver uses it.
    struct Established: @unchecked Sendable {
        let connection: OpaquePointer
    }

    typealias Outcome = Result<Established, PostgresError>

    private enum State {
        case waiting(CheckedContinuation<Outcome, Never>?)
        case settled(Outcome?)
    }

    private let state = Mutex(State.waiting(nil))

    static func open(
        _ configuration: PostgresConfiguration, on loop: EventLoop, deadline: Duration?
    ) async throws(PostgresError) -> Established {
        let attempt = ConnectionAttempt()
        let context = "connect to \(configuration.redactedDescription)"
        let limit = configuration.overallConnectTimeout
        let isHurried = deadline.map { $0 < limit } ?? false
        let late = PostgresError(
            isHurried ? .deadline : .connection, "no connection in time", context: context)
        let timer = loop.schedule(after: isHurried ? deadline ?? limit : limit) {
            attempt.settle(.failure(late))
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                attempt.wait(continuation)
                attempt.start(configuration, context)
            }
        } onCancel: {
            attempt.settle(
                .failure(PostgresError(.cancelled, "the task was cancelled", context: context)))
        }
        timer.cancel()
        return try outcome.get()
    }

    private func start(_ configuration: PostgresConfiguration, _ context: String) {
        let keywords = configuration.keywords()
        let started = ThrowawayThread.run(named: "pg-connect") {
            let connection = CStringList.with(keywords.map(\.key)) { keys in
                CStringList.with(keywords.map(\.value)) { values in
                    PQconnectdbParams(keys, values, 1)
                }
            }
            self.connected(connection, context)
        }
        guard !started else { return }
        settle(.failure(PostgresError(.connection, "no thread to connect on", context: context)))
    }

    private func connected(_ connection: OpaquePointer?, _ context: String) {
        guard let connection else {
            let error = PostgresError(.connection, "out of memory", context: context)
            return settle(.failure(error))
        }
        guard PQstatus(connection) == CONNECTION_OK else {
            let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
            PQfinish(connection)
            // One line for each host that was tried.
            let message = text.split(whereSeparator: \.isNewline)
                .map { $0.drop(while: \.isWhitespace) }.joined(separator: "; ")
            return settle(.failure(PostgresError(.connection, message, context: context)))
        }
        settle(.success(Established(connection: connection)))
    }

    private func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
        let outcome: Outcome? = state.withLock { state in
            guard case .settled(let outcome) = state else {
                state = .waiting(continuation)
                return nil
            }
            return outcome
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    /// The first outcome counts; a connection that comes too late is closed.
    private func settle(_ outcome: Outcome) {
        enum Action {
            case resume(CheckedContinuation<Outcome, Never>)
            case keep
            case drop
        }
        let action: Action = state.withLock { state in
            guard case .waiting(let continuation) = state else { return .drop }
            state = .settled(continuation == nil ? outcome : nil)
            return continuation.map { .resume($0) } ?? .keep
        }
        switch action {
        case .resume(let continuation): continuation.resume(returning: outcome)
        case .keep: break
        case .drop: if case .success(let late) = outcome { PQfinish(late.connection) }
        }
    }
}
