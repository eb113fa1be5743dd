import ArgumentParser
import FoundationEssentials
import Jobs

struct LegalHoldPlaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "place", abstract: "Place a hold; prints its id.")

    @Option(help: "Of this user.")
    var user: String?

    @Option(help: ArgumentHelp("Of this agent.", valueName: "uuid"))
    var agent: String?

    @Option(help: ArgumentHelp("Of this job.", valueName: "id"))
    var job: Int64?

    @Option(help: "Why, for those who find it later.")
    var reason: String

    func validate() throws { _ = try subject() }

    private func subject() throws -> LegalHold.Subject {
        switch (user, agent, job) {
        case (let user?, nil, nil) where !user.isEmpty: return .user(user)
        case (nil, let agent?, nil):
            guard let id = UUID(uuidString: agent) else {
                throw ValidationError("--agent \(agent): must be a UUID")
            }
            return .agent(id)
        case (nil, nil, let job?): return .job(job)
        default: throw ValidationError("give one of --user, --agent, --job")
        }
    }

    func run() async throws {
        let subject = try subject()
        print(try await Exit.onRefusal { try await $0.hold(subject, reason: reason) })
    }
}
