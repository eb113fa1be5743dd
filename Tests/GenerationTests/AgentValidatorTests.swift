import JSON
import Testing

@testable import Generation

@Suite("The validation of an agent")
struct AgentValidatorTests {
    private let valid: JSONValue = [
        "name": "n", "model": "gpt-4o", "purpose": "p", "personality": "q", "principles": "r",
        "owner": "u", "skills": [:],
    ]

    private func errors(_ agent: JSONValue, user: String? = "u") throws -> [String] {
        let schema = try GenerationData.load().schema
        return AgentValidator(schema: schema, userID: user).faults(in: agent).map(\.text)
    }

    @Test("a valid agent has no errors")
    func validAgent() throws {
        #expect(try errors(valid).isEmpty)
    }

    @Test("every error is reported, the schema's before the rules'")
    func every() throws {
        let errors = try errors(
            valid.with([
                "name": .string(String(repeating: "n", count: 51)), "temperature": 2,
                "owner": nil, "purpose": "a\n\n## T", "fee_percentage": 101,
                "autonomous": [["name": "t", "prompt": "p"]],
            ]))
        #expect(errors.count == 7)
        #expect(errors.contains("Schema error: Field 'name' length invalid (max 50, got 51)"))
        #expect(errors.prefix(3).allSatisfy { $0.hasPrefix("Schema error: ") })
        #expect(
            errors.suffix(4) == [
                "Agent validation error: Owner is required",
                "Agent validation error: Fee percentage too high",
                "Agent validation error: purpose: level 1 and 2 headings (# and ##) are not allowed",
                "Agent validation error: autonomous.0: either minutes or cron must have a value",
            ])
    }

    @Test("the owner must be the user")
    func owner() throws {
        #expect(
            try errors(valid, user: "v") == [
                "Agent validation error: Owner does not match user ID"
            ])
        #expect(try errors(valid, user: nil).isEmpty)
    }

    @Test("missing fields are named")
    func missing() throws {
        let errors = try errors(valid.with(["purpose": nil, "model": nil]))
        #expect(errors.count == 1)
        #expect(errors[0].hasPrefix("Schema error: Missing required fields: "))
        #expect(errors[0].contains("purpose") && errors[0].contains("model"))
    }

    static let skills: [(skill: String, config: JSONValue, isValid: Bool)] = [
        ("tavily", ["enabled": true, "states": [:]], true),
        ("tavily", ["enabled": true, "states": [:], "api_key_provider": "platform"], true),
        ("tavily", ["enabled": true, "states": [:], "api_key_provider": "agent_owner"], false),
        (
            "tavily",
            ["enabled": true, "states": [:], "api_key_provider": "agent_owner", "api_key": "k"],
            true
        ),
        ("tavily", ["enabled": false, "states": [:], "api_key_provider": "agent_owner"], true),
        ("tavily", ["enabled": true, "states": [:], "api_key_provider": "bank"], false),
        ("tavily", ["enabled": true], false),
        ("tavily", ["states": [:]], false),
        ("tavily", ["enabled": true, "states": ["tavily_search": "open"]], false),
        ("tavily", ["enabled": true, "states": ["unknown": "public"]], true),
        ("slack", ["enabled": true, "states": [:]], false),
        ("slack", ["enabled": true, "states": [:], "slack_bot_token": "k"], true),
        ("slack", ["enabled": false, "states": [:]], true),
        ("slack", ["enabled": true, "states": [:], "api_key_provider": "platform"], false),
        ("enso", ["enabled": true, "states": [:]], false),
        ("enso", ["enabled": true, "states": [:], "main_tokens": ["ETH"]], true),
        ("chainlist", ["enabled": true, "states": [:]], true),
        ("web_search", ["enabled": true], true),
    ]

    @Test("a skill that says nothing of who pays is not taken for the owner's", arguments: skills)
    func skill(skill: String, config: JSONValue, isValid: Bool) throws {
        let agent = valid.with(["skills": .object([skill: config])])
        #expect(try errors(agent).isEmpty == isValid)
    }

    @Test("what the catalogue selects is valid in every category")
    func everyCategory() throws {
        let data = try GenerationData.load()
        for category in data.skills.categories where category.isSelectable {
            let skills = data.skills.merged(into: [:], prompt: category.name)
            #expect(skills.keys == [category.name])
            #expect(try errors(valid.with(["skills": .object(skills)])).isEmpty)
        }
    }

    @Test("a model must be in the schema's list")
    func model() throws {
        let errors = try errors(valid.with(["model": "gpt-0"]))
        #expect(errors.count == 1)
        #expect(errors[0].hasPrefix("Schema error: Field 'model' must be one of: gpt-4o"))
    }
}
