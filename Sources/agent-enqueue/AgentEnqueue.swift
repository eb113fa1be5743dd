import ArgumentParser

struct AgentEnqueue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent-enqueue",
        abstract: "Enqueue agent jobs by hand, look at them, cancel, retry, approve and wait.",
        discussion: """
            The database comes from DATABASE_URL (a libpq URI) or from libpq's own PG* variables.

            Standard output carries results (a bare id, a table, or JSON with --json), standard error the rest.
            Exit codes: 0 done, 1 the job failed, 2 usage or refused, 69 database unreachable, 75 timed out waiting, 78 database not migrated.

            Examples:
              agent-enqueue generation --prompt 'Watch token prices and message me on Slack' --user u-7 --wait
              agent-enqueue agentkit --agent 11111111-1111-4111-8111-111111111111 --user 22222222-2222-4222-8222-222222222222 --input limit=5
              agent-enqueue bulk jobs.ndjson
              agent-enqueue why 42
            """,
        version: "0.1.0",
        subcommands: [
            GenerationCommand.self, AgentKitCommand.self, OrchestratorCommand.self,
            BulkCommand.self, StatusCommand.self, WhyCommand.self, CancelCommand.self,
            RetryCommand.self, ApproveCommand.self, WaitCommand.self, HistoryCommand.self,
            ListCommand.self, PauseCommand.self, ResumeCommand.self, LimitCommand.self,
            WeightCommand.self, BrakesCommand.self,
        ])
}
