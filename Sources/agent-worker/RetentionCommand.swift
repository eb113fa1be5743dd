import ArgumentParser

struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "How long finished jobs and their records are kept; by default for ever.",
        discussion: """
            Workers prune in short steps, each table once an hour. A record never goes before its job. Sums, and the unique keys of completed \
            jobs, go on to count; legal holds are kept.
            """,
        subcommands: [
            RetentionListCommand.self, RetentionSetCommand.self, RetentionPruneCommand.self,
        ])
}
