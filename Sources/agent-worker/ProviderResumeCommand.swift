import ArgumentParser
import Limits

struct ProviderResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract:
            "Open a provider at once, its account having been mended, and let its held jobs go.",
        discussion: "Ends cool-downs of its models too. Exit 2 when nothing is closed.")

    @Argument(help: "The provider, such as openai.")
    var provider: String

    @Option(help: "Only this model's cool-down.")
    var model: String?

    func run() async throws {
        let ended = try await Database.withConnection {
            try await ProviderDesk($0).resume(provider: provider, model: model)
        }
        guard ended > 0 else {
            throw Exit.nothingToDo(
                "nothing of \(provider) is closed; see agent-worker provider list")
        }
    }
}
