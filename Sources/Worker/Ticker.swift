import Jobs
import Logging
import Postgres

/// Turns the ticks of schedules into jobs. Every worker does it: a tick is taken by one of them, in the
/// transaction that moves its schedule on.
///
/// It sleeps until the next tick that the database knows of, so an idle one asks once a minute; a
/// NOTIFY tells of schedules that were changed meanwhile.
struct Ticker: Sendable {
    static let scheduleLimit = 50
    static let longestSleep = Duration.seconds(60)
    /// Past it the answer is lost; the ticks are there or come with the next round.
    static let answerDeadline = Duration.seconds(40)

    let settings: WorkerSettings
    let pool: PostgresPool
    /// Rung when schedules were changed.
    let doorbell: Doorbell
    let logger: Logger

    /// Runs until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                let round = try await pool.withConnection {
                    try await JobQueue($0, deadline: Self.answerDeadline)
                        .tick(limit: Self.scheduleLimit, followAgents: settings.followAgents)
                }
                for event in round.events { log(event) }
                await doorbell.wait(atMost: Self.pause(until: round.nextIn))
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("schedules not read, trying again", metadata: ["error": "\(error)"])
                await doorbell.wait(atMost: .seconds(5) * Double.random(in: 0.75..<1.25))
            }
        }
    }

    /// A little after the tick, each worker at another moment, so that most of them find it taken
    /// without having waited for its row.
    static func pause(until next: Duration?) -> Duration {
        let sleep = longestSleep * Double.random(in: 0.75..<1)
        guard let next, next < sleep else { return sleep }
        return next + .milliseconds(Int64.random(in: 5..<100))
    }

    private func log(_ event: TickRound.Event) {
        let metadata: Logger.Metadata = [
            "schedule": "\(event.schedule)",
            "tick": "\(event.tick.map { $0.formatted(.iso8601) } ?? "-")",
            "job_id": "\(event.jobID.map { "\($0)" } ?? "-")",
        ]
        if let fault = event.fault {
            logger.error(
                "tick of a schedule cannot be enqueued",
                metadata: metadata.merging(["error": "\(fault)"]) { $1 })
        } else if event.hasSkipped {
            logger.warning("earlier ticks of a schedule were left out", metadata: metadata)
        } else {
            logger.info("tick enqueued", metadata: metadata)
        }
    }
}
