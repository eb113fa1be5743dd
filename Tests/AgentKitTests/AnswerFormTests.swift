import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Testing

/// An agent whose `output_schema` is a JSON Schema.
@Suite("Structured answers")
struct AnswerFormTests {
    static let schema: JSONValue = [
        "type": "object", "required": ["level"],
        "properties": [
            "level": ["type": "integer", "minimum": 1, "maximum": 5],
            "note": ["type": "string"],
        ],
    ]

    private func run(
        _ replies: [ChatReply], schema: JSONValue = Self.schema
    ) async -> (RunResult, ScriptedModel) {
        var agent = AgentKitTests.agent
        agent.pluginsRequired = []
        agent.outputSchema = schema
        let model = ScriptedModel(replies)
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: model.provider),
            tools: ScriptedTools())
        let result = await kit.run(
            agent: agent, input: AgentKitTests.input, journal: MemoryJournal())
        return (result, model)
    }

    @Test("the model is asked for the schema, and the answer is the JSON itself")
    func fits() async throws {
        let (result, model) = await run([.scripted(#"{"level": 3, "note": null}"#)])
        // Strict mode has null for what may be left out.
        #expect(result.output == ["level": 3])
        guard case .jsonSchema(let name, let schema, let strict) = model.requests[0].responseFormat
        else {
            Issue.record("no schema was sent")
            return
        }
        #expect(name == "answer" && strict)
        #expect(schema["additionalProperties"] == false)
        #expect(schema["required"] == ["level", "note"])
    }

    @Test("an answer that does not fit is corrected, by telling the model every error")
    func corrected() async throws {
        let (result, model) = await run([
            .scripted("Three."), .scripted(#"{"level": 9}"#), .scripted(#"{"level": 2}"#),
        ])
        #expect(result.output == ["level": 2])
        #expect(result.iterations == 3)
        #expect(model.requests[1].messages.last?.content?.contains("not JSON") == true)
        #expect(model.requests[2].messages.last?.content?.contains("level") == true)
        #expect(model.requests[2].messages.count == 6)
    }

    @Test("when the corrections are spent the run fails for good, and quotes nothing")
    func spent() async throws {
        let (result, model) = await run((1...4).map { _ in .scripted(#"{"level": "secret"}"#) })
        let failure = try #require(result.failure)
        #expect(failure.failureClass == .validation && failure.isPermanent)
        #expect(failure.code == "OUTPUT_INVALID" && !failure.message.contains("secret"))
        #expect(model.requests.count == 3)
    }

    @Test("what is no JSON Schema costs nothing")
    func noSchema() async throws {
        let (result, model) = await run([.scripted("x")], schema: ["type": "nonsense"])
        #expect(result.failure?.failureClass == .invalidPayload)
        #expect(model.requests.isEmpty)
    }

    @Test("an array of parts describes a text")
    func parts() async throws {
        let (result, model) = await run(
            [.scripted("x")], schema: [["name": "summary", "type": "SummaryBlock"]])
        #expect(result.output == "x")
        #expect(model.requests[0].responseFormat == .text)
    }
}
