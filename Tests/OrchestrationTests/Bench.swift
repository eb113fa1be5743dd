import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Models
import Orchestration
import Synchronization
import Tools

/// An orchestrator with scripted surroundings: pauses take no time and are noted.
final class Bench: Sendable {
    let journal = MemoryJournal()
    let model: ScriptedModel
    let tools: ScriptedTools
    let input = RunInput(executionID: UUID(), now: Date(timeIntervalSince1970: 1_700_000_000))
    private let limits: OrchestrationLimits
    private let pauses = Mutex<[Duration]>([])

    init(
        model: ScriptedModel = ScriptedModel([.scripted("ok")]),
        limits: OrchestrationLimits = OrchestrationLimits(),
        tools: @escaping ScriptedTools.Script = { call, _ in .success(call.arguments) }
    ) {
        self.model = model
        self.limits = limits
        self.tools = ScriptedTools(actions: ["helpdesk.list_open", "mail.send"], tools)
    }

    var slept: [Duration] { pauses.withLock { $0 } }

    func run(
        _ steps: JSONValue, inputs: JSONObject = [:], output: JSONValue? = nil,
        pause: @escaping @Sendable () async throws -> Void = {}
    ) async -> RunResult {
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: "openai"), tools: tools)
        let orchestrator = Orchestrator(
            agentKit: kit, tools: tools, limits: limits,
            sleep: { [self] duration in
                pauses.withLock { $0.append(duration) }
                try await pause()
            }, jitter: { 0 })
        var input = input
        input.inputValues = inputs
        return await orchestrator.run(
            agent: PlanTests.agent(steps, output: output), input: input, journal: journal)
    }
}
