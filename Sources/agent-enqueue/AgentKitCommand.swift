import ArgumentParser
import Jobs

struct AgentKitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agentkit", abstract: "Enqueue a run of an agent: model and tools in a loop.")

    @OptionGroup var agentRun: AgentRunOptions

    func run() async throws {
        try await agentRun.enqueue(.agentkit)
    }
}
