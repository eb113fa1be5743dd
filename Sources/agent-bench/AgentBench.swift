import ArgumentParser

@main
struct AgentBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent-bench",
        abstract: "Measures the figures Agent Worker is to reach, each against its reference.",
        discussion: """
            deploy/bench builds everything, starts a PostgreSQL server for it alone and runs this. Every scenario has its contestants \
            measured turn by turn; the table shows the median of the repetitions and half their range, the ratios are those of the same \
            repetition.
            """,
        subcommands: [
            MeasureCommand.self, ListCommand.self, WorkerCommand.self, CallsCommand.self,
        ],
        defaultSubcommand: MeasureCommand.self)
}
