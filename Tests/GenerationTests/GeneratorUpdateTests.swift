import JSON
import Journal
import Models
import Testing

@testable import Generation

@Suite("The update of an existing agent")
struct GeneratorUpdateTests {
    private let existing: JSONValue = [
        "id": "agent-1", "created_at": "2025-06-01T00:00:00Z", "name": "Old", "owner": "u-7",
        "model": "gpt-4o", "purpose": "Old purpose.", "personality": "Old personality.",
        "principles": "Old principles.", "temperature": 0.3, "ticker": nil,
        "twitter_config": ["consumer_key": "secret-key"],
        "skills": [
            "slack": ["enabled": true, "states": [:], "slack_bot_token": "secret-token"],
            "web_search": ["enabled": true],
        ],
    ]

    @Test("changes what the reply changes and keeps the rest")
    func changes() async throws {
        let scenario = try Scenario(.object(["name": "New", "purpose": nil]))
        let result = await scenario.run("Rename it and search the web", existing: existing)
        #expect(result.failure == nil)
        let agent = try #require(result.agent)
        #expect(agent["name"] == "New")
        #expect(agent["purpose"] == "Old purpose.")
        #expect(agent["id"] == "agent-1")
        #expect(agent["created_at"] == "2025-06-01T00:00:00Z")
        #expect(agent["model"] == "gpt-4o")
        #expect(agent["temperature"] == 0.3)
        #expect(agent["skills"]?["slack"] == existing["skills"]?["slack"])
        #expect(agent["skills"]?["web_search"] == ["enabled": true])
        #expect(result.skills == ["slack", "web_search", "tavily"])
        #expect(scenario.journal.intents.first?.activity.name == "agent_attribute_update")
        #expect(scenario.model.requests[0].temperature == 0.2)
    }

    @Test("owner, id and skills cannot be overwritten by the model")
    func protected() async throws {
        let scenario = try Scenario(
            .object([
                "name": "New", "owner": "thief", "id": "other", "skills": [:],
                "fee_percentage": 99,
            ]))
        let result = await scenario.run(existing: existing)
        let agent = try #require(result.agent)
        #expect(agent["owner"] == "u-7")
        #expect(agent["id"] == "agent-1")
        #expect(agent["skills"]?["slack"] != nil)
        #expect(agent["fee_percentage"] == nil)
        #expect(result.repairs.count == 4)
    }

    @Test("a key that the reply may set is checked")
    func checked() async throws {
        let scenario = try Scenario(
            .object(["model": "gpt-0"]), .object(["model": "gpt-4.1"]))
        let result = await scenario.run(existing: existing)
        #expect(result.failure == nil)
        #expect(result.retryCount == 1)
        #expect(result.agent?["model"] == "gpt-4.1")
        #expect(scenario.sent(1).contains("Field 'model' must be one of: "))
    }

    @Test("the model never sees keys and tokens")
    func secrets() async throws {
        let scenario = try Scenario(.object(["name": "New"]))
        _ = await scenario.run(existing: existing)
        #expect(scenario.sent(0).contains("Old purpose."))
        #expect(!scenario.sent(0).contains("secret"))
    }

    @Test("without a user the owner stays")
    func ownerStays() async throws {
        let result = await (try Scenario(.object(["name": "N"])))
            .run(user: nil, existing: existing)
        #expect(result.agent?["owner"] == "u-7")
    }

    @Test("a model that is no longer allowed is replaced, and the repair is told")
    func oldModel() async throws {
        let result = await (try Scenario(.object(["name": "N"])))
            .run(existing: existing.with(["model": "gpt-3"]))
        #expect(result.agent?["model"] == "gpt-4.1-nano")
        #expect(result.repairs == ["model: set to gpt-4.1-nano"])
    }

    @Test("what the agent lacks is asked for in the first prompt")
    func incomplete() async throws {
        let scenario = try Scenario(
            .object(["purpose": "P", "personality": "Q", "principles": "R"]))
        let result = await scenario.run(
            existing: ["name": "CryptoAnalysisBot", "skills": ["twitter": ["enabled": true]]])
        #expect(result.failure == nil)
        #expect(result.retryCount == 0)
        #expect(result.skills == ["twitter"])
        #expect(scenario.sent(0).contains("- Schema error: Missing required fields: "))
    }

    @Test("errors that no reply can mend are found before anything is spent")
    func hopeless() async throws {
        let scenario = try Scenario(.object(["name": "N"]))
        let result = await scenario.run(
            existing: existing.with([
                "fee_percentage": 150, "skills": ["slack": ["enabled": true, "states": [:]]],
            ]))
        let failure = try #require(result.failure)
        #expect(failure.failureClass == .invalidPayload)
        #expect(failure.message.hasPrefix("payload.existing_agent has errors in fields"))
        #expect(failure.message.contains("Fee percentage too high"))
        #expect(failure.message.contains("slack"))
        #expect(scenario.model.requests.isEmpty)
        #expect(result.retryCount == 0)
    }

    @Test("an agent that is empty is an update all the same")
    func emptyAgent() async throws {
        let scenario = try Scenario(.object(noteBot))
        let result = await scenario.run(existing: [:])
        #expect(result.failure == nil)
        #expect(scenario.journal.intents.first?.activity.name == "agent_attribute_update")
    }
}
