import JSON
import Journal
import Models
import Testing

@testable import Generation

@Suite("The generation of a new agent")
struct GeneratorTests {
    @Test("a valid first reply makes the agent, its skills and its owner")
    func firstTry() async throws {
        let scenario = try Scenario(.object(noteBot))
        let result = await scenario.run("Search the web and post a daily note on Twitter")
        #expect(result.failure == nil)
        #expect(result.retryCount == 0)
        #expect(result.validationErrors == nil)
        #expect(result.repairs.isEmpty)
        #expect(result.skills == ["tavily", "twitter"])
        #expect(result.model == "gpt-4.1-nano-2026-01-01")
        let agent = try #require(result.agent)
        #expect(agent["name"] == "Note Bot")
        #expect(agent["owner"] == "u-7")
        #expect(agent["model"] == "gpt-4.1-nano")
        #expect(agent["temperature"] == 0.7)
        #expect(agent["autonomous"] == nil)
        #expect(agent["skills"]?["twitter"]?["api_key_provider"] == "platform")
        #expect(agent.objectValue?.keys.first == "name")
    }

    @Test("an agent nobody asked for by name is the system's")
    func systemOwner() async throws {
        let result = await (try Scenario(.object(noteBot))).run(user: nil)
        #expect(result.agent?["owner"] == "system")
        #expect(result.skills.isEmpty)
        #expect(result.agent?["skills"] == [:])
    }

    @Test("the call asks for strict structured output, and is accounted for by name")
    func request() async throws {
        let scenario = try Scenario(.object(noteBot))
        _ = await scenario.run("Tell tales about dragons", model: "openai:gpt-4o")
        let request = try #require(scenario.model.requests.first)
        #expect(request.model == "gpt-4o")
        #expect(request.temperature == 0.7)
        #expect(request.maxOutputTokens == 8_000)
        guard case .jsonSchema(_, let schema, strict: true) = request.responseFormat else {
            Issue.record("no strict schema was asked for")
            return
        }
        #expect(schema["additionalProperties"] == false)
        #expect(scenario.sent(0).contains("Tell tales about dragons"))
        #expect(scenario.sent(0).contains("JSON"))
        let intent = try #require(scenario.journal.intents.first)
        #expect(intent.step == "try1")
        #expect(
            intent.activity
                == CallActivity(type: "agent_generation", name: "agent_attribute_generation"))
    }

    @Test("an invalid reply is answered with its errors, and the correction is taken")
    func correction() async throws {
        let scenario = try Scenario(
            .object(noteBot.with(["purpose": nil])), .object(["purpose": "Mended."]))
        let result = await scenario.run()
        #expect(result.failure == nil)
        #expect(result.retryCount == 1)
        #expect(result.agent?["purpose"] == "Mended.")
        #expect(result.agent?["name"] == "Note Bot")
        #expect(result.validationErrors?["attempts"]?.arrayValue?.count == 1)
        #expect(result.validationErrors?["attempts"]?[0]?["n"] == 1)
        #expect(
            result.validationErrors?["attempts"]?[0]?["errors"]
                == result.validationErrors?["errors"])
        #expect(scenario.sent(1).contains("Schema error: Missing required fields: "))
        #expect(scenario.sent(1).hasPrefix(scenario.sent(0)))
        #expect(scenario.model.requests[1].temperature == 0.1)
        #expect(scenario.model.requests[1].messages[2].role == .assistant)
        #expect(scenario.journal.intents.map(\.step) == ["try1", "try2"])
        #expect(scenario.journal.intents[1].activity.name == "schema_error_correction")
    }

    @Test("a reply that is not JSON is a failed try, and its error is carried back")
    func notJSON() async throws {
        let scenario = try Scenario(
            .text("Sure, here you go!"), .text("```json\n\(noteBot.serialized)\n```"))
        let result = await scenario.run()
        #expect(result.failure == nil)
        #expect(result.retryCount == 1)
        #expect(
            result.validationErrors?["errors"] == [
                "Schema error: the reply is not JSON: unexpected character at byte 0"
            ])
        #expect(scenario.sent(1).contains("the reply is not JSON"))
        #expect(scenario.sent(1).contains("Sure, here you go!"))
    }

    @Test("an empty reply is not sent back")
    func empty() async throws {
        let scenario = try Scenario(.text(""), .object(noteBot))
        let result = await scenario.run()
        #expect(result.retryCount == 1)
        #expect(scenario.model.requests[1].messages.map(\.role) == [.system, .user, .user])
    }

    @Test("after three failed tries the run fails with the seed's sentence and the history")
    func threeFailures() async throws {
        let task: JSONValue = ["name": "t", "prompt": "p", "cron": "* * * * *"]
        let scenario = try Scenario(
            .text("no"), .object(["name": "N"]), .object(noteBot.with(["autonomous": [task]])))
        let result = await scenario.run()
        let failure = try #require(result.failure)
        #expect(failure.failureClass == .validation)
        #expect(
            failure.message
                == "Failed to generate valid agent schema after 3 attempts. Last errors: "
                + "Agent validation error: autonomous.0: The shortest execution interval is 5 minutes"
        )
        #expect(result.retryCount == 3)
        #expect(result.agent?["name"] == "Note Bot")
        let history = try #require(result.validationErrors)
        #expect(history["attempts"]?.arrayValue?.map { $0["n"] } == [1, 2, 3])
        #expect(
            history["errors"] == [
                "Agent validation error: autonomous.0: The shortest execution interval is 5 minutes"
            ])
        #expect(scenario.journal.intents.map(\.step) == ["try1", "try2", "try3"])
    }

    @Test("no reply with an object leaves no candidate")
    func noCandidate() async throws {
        let result = await (try Scenario(.text("a"), .text("b"), .text("[]"))).run()
        #expect(result.agent == nil)
        #expect(result.retryCount == 3)
    }

    @Test("only the last five errors are in the message, all are in the history")
    func manyErrors() async throws {
        let tasks = (0..<80).map { _ in ["name": "t", "prompt": "p"] as JSONValue }
        let bad = ScriptedModel.Answer.object(noteBot.with(["autonomous": .array(tasks)]))
        let scenario = try Scenario(bad, bad, bad)
        let result = await scenario.run()
        #expect(result.failure?.message.split(separator: ";").count == 5)
        #expect(result.validationErrors?["errors"]?.arrayValue?.count == 80)
        #expect(scenario.sent(1).contains("- and 30 more like these"))
    }

    @Test("small faults are mended without a correction call")
    func repairs() async throws {
        let scenario = try Scenario(
            .object(
                noteBot.with([
                    "name": .string(String(repeating: "Note ", count: 20)),
                    "purpose": "# Purpose\nWrite.",
                ])))
        let result = await scenario.run()
        #expect(result.failure == nil)
        #expect(result.retryCount == 0)
        #expect(result.repairs.count == 2)
        #expect(scenario.model.requests.count == 1)
    }

    @Test("a correction that sets an optional field to null takes it back")
    func takenBack() async throws {
        let scenario = try Scenario(
            .object(noteBot.with(["autonomous": [["name": "t", "prompt": "p"]]])),
            .object(noteBot))
        let result = await scenario.run()
        #expect(result.failure == nil)
        #expect(result.agent?["autonomous"] == nil)
    }
}
