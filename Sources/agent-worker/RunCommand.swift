import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import UnixSignals
import Worker

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Claim and run jobs until told to stop.",
        discussion: """
            Every flag is also a variable, named beside it; a flag goes before its variable. All bad settings are named at once (exit 78).
            A database that is down is waited for. SIGTERM drains: claim no more, let running jobs end within the drain timeout, then give \
            the rest back without using an attempt; a second SIGTERM gives back at once.
            """)

    @OptionGroup var settings: SettingOptions

    @Flag(help: "Exit 0 as soon as nothing is due or running.")
    var untilIdle = false

    func run() async throws {
        let environment = settings.environment(over: ProcessInfo.processInfo.environment)
        let level = try Exit.onBadSettings { try LogLevelSetting.read(environment) }
        var settings = try Exit.onBadSettings { try WorkerSettings(environment: environment) }
        settings.untilIdle = untilIdle
        var logger = Logger(label: "agent-worker") { _ in
            TextLogHandler(level: level, environment: environment)
        }
        logger.logLevel = level
        // A closed pipe or socket is an error of one write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        OpenFiles.raiseLimit()
        let worker = Worker(
            settings: settings, environment: environment, version: WorkerVersion.current,
            logger: logger)
        let (stops, stopper) = AsyncStream<StopRequest>.makeStream()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let watch = Task {
            var isFirst = true
            for await _ in signals {
                stopper.yield(isFirst ? .drain : .interrupt)
                isFirst = false
            }
        }
        defer { watch.cancel() }
        do {
            try await worker.run(stops: stops)
        } catch let error as SettingsError {
            throw Exit.badSettings(error)
        } catch let error as WorkerError {
            throw Exit.configuration("\(error)")
        }
    }
}
