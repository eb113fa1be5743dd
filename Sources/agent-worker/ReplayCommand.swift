import ArgumentParser
import FoundationEssentials
import JSON
import Worker

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run a job again from its kept journal and show where it would differ today.",
        discussion: """
            Calls no model and no tool, and writes nothing. The journal is kept when AGENT_WORKER_JOURNAL_RETENTION was set while the job ran.
            A line per difference: changed (another request under the same key), missing (nothing is kept under the key), unused (kept, not \
            asked for), output. Exit codes: 0 the same, 1 it differs, 2 there is nothing to replay.
            """)

    @Argument(help: ArgumentHelp("The job.", valueName: "id"))
    var id: Int64

    @OptionGroup var settings: SettingOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let environment = settings.environment(over: ProcessInfo.processInfo.environment)
        let report: Replay.Report
        do {
            report = try await Replay(
                settings: Exit.onBadSettings { try WorkerSettings(environment: environment) },
                environment: environment
            ).run(id)
        } catch let refusal as Replay.Refusal {
            throw Exit.nothingToDo("\(refusal)")
        } catch let error as SettingsError {
            throw Exit.badSettings(error)
        }
        print(json ? Self.json(report).serialized : text(report))
        if !report.isSame { throw ExitCode(1) }
    }

    private func text(_ report: Replay.Report) -> String {
        var lines = report.differences.map { "\($0.kind.rawValue)\t\($0.step)\t\($0.key)" }
        if report.hasSameOutput == false { lines.append("output\tdiffers") }
        if let failure = report.failure { lines.append("ended\t\(failure)") }
        let count = report.isSame ? "no difference" : "differs"
        return (lines + ["job \(id): \(report.replayed) replayed, \(count)"])
            .joined(separator: "\n")
    }

    private static func json(_ report: Replay.Report) -> JSONValue {
        [
            "replayed": JSONValue(report.replayed),
            "differences": .array(
                report.differences.map {
                    [
                        "kind": .string($0.kind.rawValue), "step": .string($0.step),
                        "key": .string($0.key),
                    ]
                }),
            "same_output": report.hasSameOutput.map { .bool($0) } ?? .null,
            "failure": report.failure.map { .string($0) } ?? .null,
        ]
    }
}
