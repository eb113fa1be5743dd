import Postgres

/// The way of one process to the database, on which a fault may strike every statement.
// Unchecked: like all of a simulation, touched by its one thread only.
final class Link: @unchecked Sendable {
    private final class Exchange<Answer> {
        var answer: Result<Answer, PostgresError>?
    }

    let process: Process
    let network: Network

    init(of process: Process, _ network: Network) {
        self.process = process
        self.network = network
    }

    /// Sends a statement and waits for its answer, as `PostgresConnection.query` does.
    func exchange<Answer: Sendable>(
        _ verb: String, deadline: Duration,
        _ statement: @escaping () throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer {
        let exchange = Exchange<Answer>()
        let scheduler = network.scheduler
        let isOver = await process.wait { finish in
            let end: (Result<Answer, PostgresError>) -> Void = { answer in
                guard exchange.answer == nil else { return }
                exchange.answer = answer
                finish()
            }
            let fate = self.network.fate()
            let giveUp = { end(.failure(Self.error(.deadline, verb))) }
            // A deadline that nothing can come to is not planned: there would be one per statement.
            if fate.wayThere + fate.wayBack >= deadline { scheduler.after(deadline, giveUp) }
            let sent = scheduler.time
            let isLost = {
                guard !fate.isNoticed else {
                    return end(.failure(Self.error(.connection, verb)))
                }
                scheduler.after(deadline - (scheduler.time - sent), giveUp)
            }
            scheduler.after(fate.wayThere) {
                guard fate.arrives, self.network.reaches(self.process) else { return isLost() }
                if let refusal = fate.refusal {
                    let code = PostgresError.Code.server(sqlState: refusal)
                    let error = PostgresError(code, "refused", context: verb)
                    return scheduler.after(fate.wayBack) { end(.failure(error)) }
                }
                let answer = Result { () throws(PostgresError) in try statement() }
                scheduler.after(fate.wayBack) {
                    guard fate.isAnswered, self.network.reaches(self.process) else {
                        return isLost()
                    }
                    end(answer)
                }
            }
        }
        guard isOver, let answer = exchange.answer else {
            throw PostgresError(
                process.isDead ? .closed : .cancelled, "given up", context: verb,
                outcomeUnknown: true)
        }
        return try answer.get()
    }

    /// Makes a connection.
    func connect() async throws(PostgresError) {
        let time =
            network.reaches(process)
            ? network.scheduler.chance.milliseconds(1, 20)
            : network.scheduler.chance.milliseconds(1, 3000)
        guard (try? await process.rest(for: time)) != nil else {
            throw PostgresError(
                process.isDead ? .closed : .cancelled, "given up", context: "connect")
        }
        guard network.reaches(process) else {
            throw PostgresError(.connection, "no answer", context: "connect")
        }
    }

    private static func error(_ code: PostgresError.Code, _ verb: String) -> PostgresError {
        PostgresError(code, "the answer was lost", context: verb, outcomeUnknown: true)
    }
}
