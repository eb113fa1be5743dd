import ArgumentParser
import Limits

struct LimitSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set a model's requests or tokens a minute, or both.")

    @Argument(help: "The provider, such as openai.")
    var provider: String

    @Argument(help: "The model; * means each model of the provider that has no row of its own.")
    var model: String

    @Option(help: ArgumentHelp("Requests a minute.", valueName: "n"))
    var requests: Int?

    @Option(help: ArgumentHelp("Tokens a minute, prompt and output together.", valueName: "n"))
    var tokens: Int?

    func validate() throws {
        guard !provider.isEmpty, !model.isEmpty else {
            throw ValidationError("provider and model must not be empty")
        }
        guard requests != nil || tokens != nil else {
            throw ValidationError("give --requests, --tokens or both")
        }
        for (option, value) in [("--requests", requests), ("--tokens", tokens)] {
            guard value.map({ (1...1_000_000_000).contains($0) }) ?? true else {
                throw ValidationError("\(option) must be from 1 to 1000000000")
            }
        }
    }

    func run() async throws {
        try await Database.withConnection {
            try await ProviderDesk($0).set(
                ProviderModel(provider: provider, model: model),
                requests: requests.map(Double.init),
                tokens: tokens.map(Double.init))
        }
    }
}
