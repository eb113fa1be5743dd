import ArgumentParser
import Jobs

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List jobs, newest first.")

    static let states = [
        "available", "held", "running", "waiting", "completed", "failed", "cancelled",
    ]

    @Option(help: ArgumentHelp("Only this state.", valueName: "state"), completion: .list(states))
    var state: String?

    @Option(
        help: ArgumentHelp("Only this kind.", valueName: "kind"),
        completion: .list(JobKind.allCases.map(\.rawValue)))
    var kind: String?

    @Option(help: "Only this user.")
    var user: String?

    @Option(help: "At most so many, 1 to 1000.")
    var limit = 50

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let state, !Self.states.contains(state) {
            throw ValidationError(
                "--state \(state): must be one of \(Self.states.joined(separator: ", "))")
        }
        if !(1...1000).contains(limit) {
            throw ValidationError("--limit \(limit): must be 1 to 1000")
        }
    }

    func run() async throws {
        let filter = JobFilter(state: state, kind: kind, userID: user, limit: limit)
        let jobs = try await Database.withQueue { try await $0.list(filter) }
        Report.show(jobs, asJSON: json)
    }
}
