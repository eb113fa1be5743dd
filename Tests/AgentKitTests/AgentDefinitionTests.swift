import AgentKit
import FoundationEssentials
import JSON
import Journal
import Testing

@Suite("agents and payloads as JSON")
struct AgentDefinitionTests {
    static let row: JSONValue = [
        "id": "0d6a5a0e-3f53-4a3e-9a2f-0c8f8f1f2d11",
        "user_id": "1d6a5a0e-3f53-4a3e-9a2f-0c8f8f1f2d11", "agent_name": "Helper",
        "system_prompt": nil, "plugins_required": ["helpdesk"], "workflow_steps": [],
    ]

    @Test("a row becomes a definition, and null counts as absent")
    func reads() throws {
        let agent = try AgentDefinition(row: Self.row)
        #expect(agent.name == "Helper")
        #expect(agent.systemPrompt == nil)
        #expect(agent.pluginsRequired == ["helpdesk"])
        #expect(agent.workflowSteps == [])
        #expect(agent.outputSchema == nil)
    }

    @Test(
        "a faulty column is named",
        arguments: [
            ("id", nil, "agents.id is missing"), ("id", "x", "agents.id must be a UUID"),
            ("user_id", nil, "agents.user_id is missing"),
            ("agent_name", nil, "agents.agent_name is missing"),
            ("user_prompt", 1, "agents.user_prompt must be a string, not number"),
            (
                "plugins_required", "a",
                "agents.plugins_required must be an array of strings, not string"
            ),
            (
                "plugins_required", ["a", 2],
                "agents.plugins_required[1] must be a string, not number"
            ),
        ] as [(String, JSONValue?, String)])
    func faults(column: String, value: JSONValue?, message: String) {
        var row = Self.row
        row[column] = value
        let failure = #expect(throws: RunFailure.self) { try AgentDefinition(row: row) }
        #expect(failure?.message == message)
        #expect(failure?.failureClass == .invalidPayload)
        #expect(failure?.isPermanent == true)
    }

    @Test("a payload becomes an input; missing values come from the defaults")
    func payload() throws {
        let id = UUID()
        let now = Date(timeIntervalSince1970: 0)
        let input = try RunInput(
            payload: ["user_prompt": "Go", "model": "gpt-4o", "other": 1], executionID: id,
            now: now, defaultInputValues: ["limit": 3])
        #expect(input.userPrompt == "Go")
        #expect(input.model == "gpt-4o")
        #expect(input.inputValues == ["limit": 3])
        let given = try RunInput(
            payload: ["input_values": [:]], executionID: id, now: now,
            defaultInputValues: ["limit": 3])
        #expect(given.inputValues.isEmpty)
    }

    @Test(
        "a faulty payload names the field",
        arguments: [
            ([], "payload must be an object, not array"),
            (["input_values": []], "payload.input_values must be an object, not array"),
            (["user_prompt": 1], "payload.user_prompt must be a string, not number"),
            (["model": true], "payload.model must be a string, not boolean"),
        ] as [(JSONValue, String)])
    func payloadFaults(payload: JSONValue, message: String) {
        let failure = #expect(throws: RunFailure.self) {
            try RunInput(payload: payload, executionID: UUID(), now: Date())
        }
        #expect(failure?.message == message)
    }
}
