import JSON
import Testing

@testable import Generation

@Suite("Repairs without the model")
struct AgentRepairTests {
    private func repaired(
        _ reply: JSONObject, _ mode: GenerationMode = .create
    ) throws -> (fields: JSONObject, notes: [String]) {
        var repair = AgentRepair(schema: try GenerationData.load().schema, mode: mode)
        let fields = repair.fields(of: reply)
        return (fields, repair.notes)
    }

    @Test("a long name is cut, other long texts are left for the model")
    func names() throws {
        let long = String(repeating: "ab ", count: 2_000)
        let (fields, notes) = try repaired([
            "name": .string(long), "description": .string(long),
        ])
        #expect(fields["name"]?.stringValue?.unicodeScalars.count == 50)
        #expect(fields["description"]?.stringValue == long)
        #expect(notes == ["name: cut to 50 characters"])
    }

    @Test("headings are lowered, numbers brought to the nearer limit, ids to their alphabet")
    func values() throws {
        let (fields, notes) = try repaired(
            [
                "purpose": "# Aim\ntext", "temperature": 9, "presence_penalty": -3,
                "autonomous": [
                    ["id": "Daily Note!", "name": "n", "prompt": "p", "minutes": 1, "cron": nil]
                ],
            ], .update)
        #expect(fields["purpose"] == "### Aim\ntext")
        #expect(fields["temperature"] == 1.5)
        #expect(fields["presence_penalty"] == -2)
        #expect(
            fields["autonomous"] == [
                ["id": "daily-note", "name": "n", "prompt": "p", "minutes": 5]
            ])
        #expect(
            notes == [
                "purpose: headings lowered to level 3", "temperature: set to 1.5",
                "presence_penalty: set to -2",
                "autonomous.0.id: brought to letters, digits and hyphens",
                "autonomous.0.minutes: set to 5",
            ])
    }

    @Test("a field that is not the model's to write is left out")
    func protected() throws {
        let (fields, notes) = try repaired(
            [
                "name": "n", "owner": "me", "id": "x", "skills": [:], "slug": "s",
                "fee_percentage": 90, "colour": "red",
            ], .update)
        #expect(fields == ["name": "n"])
        #expect(notes.count == 6)
    }

    @Test("a new agent's model is not the model's to choose, an update's is")
    func model() throws {
        #expect(try repaired(["model": "gpt-4o", "name": "n"], .create).fields == ["name": "n"])
        #expect(try repaired(["model": "gpt-4o"], .update).fields == ["model": "gpt-4o"])
    }

    @Test("an object wrapped in another is unwrapped")
    func wrapped() throws {
        #expect(try repaired(["agent": ["name": "n"]]).fields == ["name": "n"])
        #expect(try repaired(["name": "n"]).fields == ["name": "n"])
    }

    @Test("a valid reply is left as it is")
    func untouched() throws {
        let reply = try #require(noteBot.objectValue)
        let (fields, notes) = try repaired(reply)
        #expect(fields == reply)
        #expect(notes.isEmpty)
    }
}
