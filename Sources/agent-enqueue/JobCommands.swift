import ArgumentParser
import JSON
import Jobs

/// The jobs a command is about.
struct JobIDs: ParsableArguments {
    @Argument(help: ArgumentHelp("Job ids.", valueName: "id"))
    var ids: [Int64]

    @Flag(help: "Print JSON.")
    var json = false
}

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show jobs: state, attempts, tokens, and the reason for it.")

    @OptionGroup var jobs: JobIDs

    func run() async throws {
        try await Database.withQueue { queue in
            var statuses: [JobStatus] = []
            for id in jobs.ids { statuses.append(try await Waiting.known(id, on: queue)) }
            Report.show(statuses, asJSON: jobs.json)
        }
    }
}

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Say why jobs are where they are, a line each.")

    @OptionGroup var jobs: JobIDs

    func run() async throws {
        try await AnswerPerJob.print(jobs) { try await $0.why($1) }
    }
}

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel jobs: at once when not running, else through their worker.")

    @OptionGroup var jobs: JobIDs

    func run() async throws {
        try await AnswerPerJob.print(jobs) { try await $0.cancel($1) }
    }
}

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Enqueue copies of finished jobs and print their ids.")

    @OptionGroup var jobs: JobIDs

    func run() async throws {
        try await AnswerPerJob.print(jobs) { try await $0.retry($1) }
    }
}

/// One line, or one JSON object, per job.
enum AnswerPerJob {
    static func print(
        _ jobs: JobIDs, _ answer: (JobQueue, Int64) async throws -> String
    ) async throws {
        try await Database.withQueue { queue in
            for id in jobs.ids {
                _ = try await Waiting.known(id, on: queue)
                let text = try await answer(queue, id)
                Terminal.output(
                    jobs.json
                        ? JSONValue.object(["id": JSONValue(Int(id)), "answer": .string(text)])
                            .serialized : text)
            }
        }
    }
}
