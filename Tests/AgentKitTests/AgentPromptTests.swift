import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Testing
import Tools

@testable import AgentKit

@Suite("prompts")
struct AgentPromptTests {
    func prompt(
        _ agent: AgentDefinition, input: RunInput = AgentKitTests.input,
        plugins: [(name: String, context: String)] = []
    ) -> AgentPrompt {
        AgentPrompt(agent: agent, input: input, plugins: plugins)
    }

    @Test(
        "the system prompt goes before the enhanced one, and that before the user's",
        arguments: [
            ("S", "E", "U", "S"), (nil, "E", "U", "E"), (" \n", nil, "U", "U"),
        ] as [(String?, String?, String?, String)])
    func precedence(system: String?, enhanced: String?, user: String?, expected: String) throws {
        let agent = AgentDefinition(
            id: UUID(), userID: UUID(), name: "A", systemPrompt: system, enhancedPrompt: enhanced,
            userPrompt: user)
        #expect(try prompt(agent).system().hasPrefix(expected + "\n\n"))
    }

    @Test("an agent without any prompt is a fault that names the columns")
    func noPrompt() {
        let agent = AgentDefinition(id: UUID(), userID: UUID(), name: "A")
        #expect(throws: RunFailure.self) { try prompt(agent).system() }
        var input = AgentKitTests.input
        input.userPrompt = "Do it."
        #expect(throws: Never.self) { try prompt(agent, input: input).system() }
    }

    @Test("plugins, the given date and the form of the answer are in the system prompt")
    func sections() throws {
        var agent = AgentKitTests.agent
        agent.outputSchema = [
            ["name": "digest", "type": "SummaryBlock", "format": "table"],
            ["type": "EmailDraft", "description": "to the team"],
        ]
        let text = try prompt(agent, plugins: [("helpdesk", "Tickets.")]).system()
        #expect(text.contains("- helpdesk: Tickets."))
        #expect(text.contains("Today is 2023-11-14 (UTC)."))
        #expect(text.contains("- digest: a summary as a Markdown table"))
        #expect(text.contains("(to the team)"))
    }

    @Test("the user message is the request and a list of the input values")
    func user() {
        var input = AgentKitTests.input
        input.userPrompt = "List them."
        input.inputValues = ["limit": 5, "name": "Ann", "tags": ["a", "b"]]
        let expected = """
            List them.

            Input values:
            - limit: 5
            - name: Ann
            - tags: ["a","b"]
            """
        #expect(prompt(AgentKitTests.agent, input: input).user() == expected)
    }

    @Test(
        "the payload's model goes before the agent's preference, and that before the default",
        arguments: [
            ("gpt-4o-mini", "gpt-4.1", "gpt-4o-mini"), (nil, "openai:gpt-4.1", "gpt-4.1"),
            (nil, nil, "gpt-4o"),
        ] as [(String?, String?, String)])
    func modelChoice(payload: String?, preference: String?, expected: String) async {
        var agent = AgentKitTests.agent
        agent.modelPreference = preference
        var input = AgentKitTests.input
        input.model = payload
        let model = ScriptedModel([.scripted("ok")])
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: "openai"), tools: ScriptedTools())
        _ = await kit.run(agent: agent, input: input, journal: MemoryJournal())
        #expect(model.requests.map(\.model) == [expected])
    }
}
