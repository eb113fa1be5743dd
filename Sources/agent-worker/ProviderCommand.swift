import ArgumentParser

struct ProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider",
        abstract: "Show what providers refuse, and open what is closed.",
        subcommands: [ProviderListCommand.self, ProviderResumeCommand.self])
}
