import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Synchronization
import Tools

@testable import Orchestration

/// An orchestrator with scripted surroundings: pauses take no time and are noted, time limits pass
/// when the test says so.
final class Bench: Sendable {
    /// Time as the run sees it.
    struct Clock: Sendable {
        var pause: @Sendable () async throws -> Void = {}
        /// Gets the limit; returns when it has passed.
        var alarm: @Sendable (Duration) async throws -> Void = { _ in try await Bench.never() }
        var now: @Sendable () -> Date = { Date(timeIntervalSince1970: 1_700_000_000) }
    }

    let journal: MemoryJournal
    let model: ScriptedModel
    let tools: ScriptedTools
    let input: RunInput
    private let limits: OrchestrationLimits
    private let clock: Clock
    /// Those a sub-workflow may name; nil loads none.
    private let agents: [AgentDefinition]?
    private let pauses = Mutex<[Duration]>([])

    init(
        model: ScriptedModel = ScriptedModel([.scripted("ok")]),
        limits: OrchestrationLimits = OrchestrationLimits(), clock: Clock = Clock(),
        effect: SideEffect = .idempotent,
        actions: [String] = ["helpdesk.list_open", "mail.send", "mail.unsend"],
        agents: [AgentDefinition]? = nil,
        tools: @escaping ScriptedTools.Script = { call, _ in .success(call.arguments) }
    ) {
        self.model = model
        self.limits = limits
        self.clock = clock
        self.agents = agents
        self.tools = ScriptedTools(
            actions: actions, effect: effect, tools)
        journal = MemoryJournal()
        input = RunInput(executionID: UUID(), now: Date(timeIntervalSince1970: 1_700_000_000))
    }

    /// The same surroundings and the same job, one attempt later.
    private init(after bench: Bench, clock: Clock) {
        model = bench.model
        tools = bench.tools
        limits = bench.limits
        agents = bench.agents
        input = bench.input
        self.clock = clock
        journal = MemoryJournal(after: bench.journal)
    }

    func nextAttempt(clock: Clock? = nil) -> Bench {
        Bench(after: self, clock: clock ?? self.clock)
    }

    var slept: [Duration] { pauses.withLock { $0 } }

    /// Ends when its task is cancelled.
    static func never() async throws {
        await Gate().wait()
        throw CancellationError()
    }

    func run(
        _ steps: JSONValue, inputs: JSONObject = [:], output: JSONValue? = nil,
        isLastAttempt: Bool = false, journal: (any Journal)? = nil,
        pause: (@Sendable () async throws -> Void)? = nil
    ) async -> RunResult {
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: "openai"), tools: tools)
        let pause = pause ?? clock.pause
        let loadWorkflow = agents.map { agents -> WorkflowLoader in
            { id, _ in agents.first { $0.id == id } }
        }
        let orchestrator = Orchestrator(
            agentKit: kit, tools: tools, limits: limits, loadWorkflow: loadWorkflow,
            surroundings: Surroundings(
                sleep: { [self] duration in
                    pauses.withLock { $0.append(duration) }
                    try await pause()
                }, alarm: clock.alarm, now: clock.now, jitter: { 0 }))
        var input = input
        input.inputValues = inputs
        return await orchestrator.run(
            agent: PlanTests.agent(steps, output: output), input: input,
            journal: journal ?? self.journal, isLastAttempt: isLastAttempt)
    }
}
