import JSON
import Journal
import Testing

@testable import Generation

@Suite("A generation payload")
struct GenerationRequestTests {
    @Test("is read field by field, and unknown keys are ignored")
    func full() throws {
        let request = try GenerationRequest(
            payload: [
                "prompt": "Do it", "existing_agent": ["id": "a-1", "owner": "u"],
                "model": "openai:gpt-4o", "user_id": "forged", "colour": 7,
            ], userID: "u")
        #expect(request.prompt == "Do it")
        #expect(request.userID == "u")
        #expect(request.existingAgent == ["id": "a-1", "owner": "u"])
        #expect(request.existingAgentID == "a-1")
        #expect(request.model == "openai:gpt-4o")
    }

    @Test("null stands for absent, a blank user for none")
    func nulls() throws {
        let request = try GenerationRequest(
            payload: ["prompt": "p", "existing_agent": nil, "model": nil], userID: " ")
        #expect(request == GenerationRequest(prompt: "p"))
    }

    @Test("an agent of the system's may be taken over, its own id is kept beside another's")
    func owner() throws {
        for owner in ["system", "", "u"] as [JSONValue] {
            let request = try GenerationRequest(
                payload: [
                    "prompt": "p", "existing_agent": ["owner": owner, "id": "x"],
                    "existing_agent_id": "y",
                ], userID: "u")
            #expect(request.existingAgentID == "y")
        }
    }

    static let faults: [(payload: JSONValue, message: String)] = [
        ([], "payload must be a JSON object, not array"),
        ([:], "payload.prompt is missing: give the text to generate from"),
        (["prompt": nil], "payload.prompt is missing: give the text to generate from"),
        (["prompt": " \n"], "payload.prompt is blank: give the text to generate from"),
        (["prompt": 7], "payload.prompt must be a string, not number"),
        (
            ["prompt": .string(String(repeating: "x", count: 20_001))],
            "payload.prompt has 20001 characters: at most 20000 are allowed"
        ),
        (
            ["prompt": "p", "existing_agent": "a"],
            "payload.existing_agent must be an object, not string"
        ),
        (["prompt": "p", "model": 4], "payload.model must be a string, not number"),
        (["prompt": "p", "model": ""], "payload.model is blank: leave it out or give a value"),
        (
            ["prompt": "p", "existing_agent_id": 4],
            "payload.existing_agent_id must be a string, not number"
        ),
        (
            ["prompt": "p", "existing_agent": ["owner": "somebody"]],
            "payload.existing_agent.owner is not the job's user_id: only its owner may update an agent"
        ),
        (
            ["prompt": "p", "x": .string(String(repeating: "x", count: 1 << 20))],
            "payload has 1048597 bytes: at most 1048576 are allowed"
        ),
    ]

    @Test("a fault names the field and the remedy", arguments: faults)
    func fault(payload: JSONValue, message: String) {
        let failure = #expect(throws: RunFailure.self) {
            try GenerationRequest(payload: payload, userID: "u")
        }
        #expect(failure?.failureClass == .invalidPayload)
        #expect(failure?.message == message)
        #expect(failure?.isPermanent == true)
    }

    @Test("the longest prompt is taken")
    func longest() throws {
        let text = String(repeating: "é", count: 20_000)
        #expect(
            try GenerationRequest(payload: ["prompt": .string(text)], userID: nil).prompt == text)
    }
}
