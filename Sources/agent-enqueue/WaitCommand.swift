import ArgumentParser
import Jobs

struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for the end of jobs and show them; exit 1 when one failed, 75 on timeout.")

    @OptionGroup var jobs: JobIDs

    @Option(help: ArgumentHelp("Give up after this time, such as 30s or 10m.", valueName: "time"))
    var timeout: String?

    func validate() throws {
        if let timeout, DurationText.parse(timeout) == nil {
            throw ValidationError("--timeout \(timeout): write a time as 500ms, 30s, 10m or 2h")
        }
    }

    func run() async throws {
        try await Database.withQueue { queue in
            let limit = timeout.flatMap { DurationText.parse($0) }
            try Report.end(
                of: try await Waiting.finished(jobs.ids, on: queue, within: limit),
                asJSON: jobs.json)
        }
    }
}
