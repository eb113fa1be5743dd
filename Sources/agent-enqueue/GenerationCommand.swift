import ArgumentParser
import JSON
import Jobs

struct GenerationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generation",
        abstract: "Enqueue a generation: a prompt becomes a validated agent schema.")

    @Option(help: "What the agent is to be.")
    var prompt: String

    @Option(help: "The owner of the generation; need not be a UUID.")
    var user: String?

    @Option(
        help: ArgumentHelp(
            "A JSON file with the agent to update instead of making a new one.", valueName: "file"))
    var existingAgent: String?

    @Option(help: "The model, or provider:model (default: the worker's).")
    var model: String?

    @OptionGroup var options: EnqueueOptions

    func validate() throws {
        if !prompt.contains(where: { !$0.isWhitespace }) {
            throw ValidationError("--prompt is blank: say what the agent is to be")
        }
    }

    func run() async throws {
        var payload: JSONObject = ["prompt": .string(prompt)]
        payload["model"] = model.map { .string($0) }
        if let existingAgent {
            payload["existing_agent"] = try InputFile.object(
                existingAgent, option: "--existing-agent")
        }
        try await options.enqueue(
            JobRequest(
                kind: JobKind.generation.rawValue, payload: .object(payload), userID: user))
    }
}
