import ArgumentParser
import Limits

struct LimitRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forget a model's limits; the next answer teaches the learned ones anew.",
        discussion: "Exit 2 when there is none.")

    @Argument(help: "The provider, such as openai.")
    var provider: String

    @Argument(help: "The model, or *.")
    var model: String

    func run() async throws {
        let removed = try await Database.withConnection {
            try await ProviderDesk($0).remove(ProviderModel(provider: provider, model: model))
        }
        guard removed else { throw Exit.nothingToDo("no limit of \(provider)/\(model) is set") }
    }
}
