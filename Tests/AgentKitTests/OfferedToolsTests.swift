import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Synchronization
import Testing
import Tools

/// Tools that a server of the plugin's own lists.
@Suite("Listed tools")
struct OfferedToolsTests {
    /// A server that lists its tools with another description every time.
    private final class Moody: ToolCalling {
        private let asked = Atomic<Int>(0)

        func listsActions(plugin: String) -> Bool { true }

        func definitions(plugins: [String]) -> [ToolDefinition] {
            let number = asked.add(1, ordering: .relaxed).newValue
            return plugins.map {
                ToolDefinition(
                    name: "\($0)__act", description: "Version \(number)",
                    parameters: ["type": "object"])
            }
        }

        func context(ofPlugin plugin: String) -> String? { nil }
        func hasAction(plugin: String, action: String) -> Bool { true }
        func sideEffect(plugin: String, action: String) -> SideEffect { .once }
        func call(
            plugin: String, action: String, arguments: JSONValue, idempotencyKey: String
        ) async -> ToolResult { .success("done") }
    }

    @Test("a later attempt offers what the first one did, and pays for nothing again")
    func replayed() async {
        let model = ScriptedModel([
            .asking(("helpdesk__act", "{}")), .scripted("Done."),
        ])
        let tools = Moody()
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: model.provider), tools: tools)
        let first = MemoryJournal()
        let result = await kit.run(
            agent: AgentKitTests.agent, input: AgentKitTests.input, journal: first)
        #expect(result.output == "Done.")
        let second = MemoryJournal(after: first)
        let again = await kit.run(
            agent: AgentKitTests.agent, input: AgentKitTests.input, journal: second)
        #expect(again.output == "Done.")
        #expect(second.diverged.isEmpty && second.entries.isEmpty)
        #expect(model.requests.count == 2)
        #expect(model.requests.allSatisfy { $0.tools.first?.description == "Version 1" })
    }
}
