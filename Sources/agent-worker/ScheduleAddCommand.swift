import ArgumentParser
import FoundationEssentials
import JSON
import Jobs

struct ScheduleAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a schedule; prints its next ticks.",
        discussion: "Exit 2 when cron, zone, name or job are refused; nothing is added then.")

    @Argument(help: "The schedule's name, which no other has.")
    var name: String

    @Option(
        help: ArgumentHelp("When it ticks, such as '30 9 * * MON-FRI'.", valueName: "expression"))
    var cron: String

    @Option(help: ArgumentHelp("The time zone of the expression, an IANA name.", valueName: "name"))
    var zone = "UTC"

    @Option(help: "The jobs' kind: generation, agentkit, orchestrator.")
    var kind: String

    @Option(help: ArgumentHelp("The jobs' payload, a JSON object.", valueName: "json"))
    var payload: String?

    @Option(help: "Short for a payload of a generation with this prompt.")
    var prompt: String?

    @Option(help: "The jobs' user.")
    var user: String?

    @Option(help: ArgumentHelp("The jobs' agent.", valueName: "uuid"))
    var agent: String?

    @Option(help: "The jobs' queue.")
    var queue = "default"

    @Option(help: "The jobs' priority, 0 (first) to 9.")
    var priority = 0

    @Option(help: ArgumentHelp("Attempts before a job fails for good.", valueName: "n"))
    var maxAttempts = 3

    @Option(
        help: ArgumentHelp(
            "Time limit of one attempt, such as 5m (default: the worker's).", valueName: "time"))
    var jobTimeout: String?

    @Option(help: "Of ticks missed while no worker ran: skip, one (the latest) or all.")
    var catchUp = "one"

    @Option(help: ArgumentHelp("With all: at most so many, the latest, 1 to 1000.", valueName: "n"))
    var catchUpLimit = 100

    @Flag(help: "Add it paused.")
    var paused = false

    func validate() throws {
        if ScheduleRequest.CatchUp(rawValue: catchUp) == nil {
            throw ValidationError("--catch-up \(catchUp): must be skip, one or all")
        }
        if let agent, UUID(uuidString: agent) == nil {
            throw ValidationError("--agent \(agent): must be a UUID")
        }
        if let jobTimeout, DurationText.parse(jobTimeout) == nil {
            throw ValidationError("--job-timeout \(jobTimeout): write a time as 30s, 10m or 2h")
        }
        if payload != nil && prompt != nil {
            throw ValidationError("--payload and --prompt exclude each other: give one")
        }
        if name.hasPrefix("agent:") {
            throw ValidationError("\(name): names that begin with agent: are those of agents' own")
        }
        _ = try jobPayload()
    }

    private func jobPayload() throws -> JSONValue {
        if let prompt { return ["prompt": .string(prompt)] }
        guard let payload else { return [:] }
        guard let value = try? JSONValue(parsing: Array(payload.utf8)), value.objectValue != nil
        else { throw ValidationError("--payload: must be a JSON object") }
        return value
    }

    func run() async throws {
        let job = JobRequest(
            kind: kind, payload: try jobPayload(), userID: user,
            agentID: agent.flatMap { UUID(uuidString: $0) }, queue: queue, priority: priority,
            maxAttempts: maxAttempts,
            timeoutSeconds: jobTimeout.flatMap { DurationText.parse($0) }
                .map { max(1, Int($0.inSeconds.rounded(.up))) })
        let ticks = try await Exit.onRefusal { queue in
            try await queue.addSchedule(
                ScheduleRequest(
                    name: name, cron: cron, timeZone: zone, job: job,
                    catchUp: ScheduleRequest.CatchUp(rawValue: catchUp) ?? .one,
                    catchUpLimit: catchUpLimit, isPaused: paused))
            return try await queue.ticks(of: cron, in: zone, after: nil, limit: 3)
        }
        print(TickTable(ticks).text)
    }
}
