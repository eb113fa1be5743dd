import ArgumentParser
import Jobs

struct OrchestratorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orchestrator", abstract: "Enqueue a run of an agent's workflow.")

    @OptionGroup var agentRun: AgentRunOptions

    func run() async throws {
        try await agentRun.enqueue(.orchestrator)
    }
}
