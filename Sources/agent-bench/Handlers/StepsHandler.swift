import AgentKit
import Journal
import Models
import Orchestration
import Postgres
import Worker

/// Runs workflows for real, with the journal, on actions that do nothing.
enum StepsHandler {
    static func make(_ pool: PostgresPool) -> any JobHandler {
        let tools = IdleTools()
        let orchestrator = Orchestrator(
            agentKit: AgentKit(
                models: ModelCatalog(providers: [], default: "none"), tools: tools), tools: tools)
        return AgentRunHandler(
            kind: JobShape.Kind.steps.rawValue,
            engine: { agent, input, journal, isLastAttempt in
                await orchestrator.run(
                    agent: agent, input: input, journal: journal, isLastAttempt: isLastAttempt)
            }, pool: pool)
    }
}
