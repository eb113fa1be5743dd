import ArgumentParser

struct LimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "How many requests and tokens a minute the fleet asks of a model.",
        discussion: """
            A limit that is set here counts before the one that the headers of answers taught. Without either, calls go as they come, and the \
            provider's refusals are what holds them. Running workers take a change over within a second.
            """,
        subcommands: [LimitSetCommand.self, LimitListCommand.self, LimitRemoveCommand.self])
}
