import ArgumentParser
import Worker

struct AgentWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent-worker",
        abstract:
            "Runs LLM agent jobs from a PostgreSQL table and settles each with its records in one transaction.",
        discussion: """
            The database comes from DATABASE_URL (a libpq URI, several hosts allowed) or from libpq's own PG* variables.
            Exit codes: 0 done, 1 a fault was found, 2 usage, 69 database unreachable, 78 configuration.
            """,
        version: WorkerVersion.current,
        subcommands: [
            Run.self, Migrate.self, Check.self, ReplayCommand.self, PricesCommand.self,
            BudgetCommand.self, LimitCommand.self, ProviderCommand.self, ReportCommand.self,
            ScheduleCommand.self, RetentionCommand.self, ForgetCommand.self, LegalHoldCommand.self,
        ])
}
