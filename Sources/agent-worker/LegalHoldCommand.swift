import ArgumentParser

struct LegalHoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "legal-hold",
        abstract: "Keep everything of a user, agent or job from being pruned or forgotten.",
        discussion:
            "The journal of a run is kept from its job's end on, if AGENT_WORKER_JOURNAL_RETENTION keeps it at all.",
        subcommands: [
            LegalHoldPlaceCommand.self, LegalHoldListCommand.self, LegalHoldLiftCommand.self,
        ])
}
