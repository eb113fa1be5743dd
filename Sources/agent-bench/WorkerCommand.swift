import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import UnixSignals
import Worker

/// The worker that is measured: everything of `agent-worker run` but the handlers.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "A worker of jobs that do nothing.", shouldDisplay: false)

    @Flag var untilIdle = false
    @Flag(help: "Print the start of each no-op job.") var punctual = false

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var settings = try WorkerSettings(environment: environment)
        settings.untilIdle = untilIdle
        var logger = Logger(label: "agent-bench") { _ in
            TextLogHandler(level: .warning, environment: environment)
        }
        logger.logLevel = .warning
        signal(SIGPIPE, SIG_IGN)
        let punctual = punctual
        let worker = Worker(
            settings: settings, environment: environment, version: WorkerVersion.current,
            logger: logger
        ) { pool in
            [
                punctual ? PunctualHandler() : NoOpHandler(), RecordedHandler(), NapHandler(),
                StepsHandler.make(pool),
            ]
        }
        let (stops, stopper) = AsyncStream<StopRequest>.makeStream()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let watch = Task {
            for await _ in signals { stopper.yield(.drain) }
        }
        defer { watch.cancel() }
        try await worker.run(stops: stops)
    }
}
