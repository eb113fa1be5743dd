import JSON
import Journal
import Models

@testable import Generation

/// A reply with everything a new agent needs.
let noteBot: JSONValue = [
    "name": "Note Bot", "description": "Writes notes.", "purpose": "Write a daily note.",
    "personality": "Calm and short.", "principles": "Check every figure.", "autonomous": nil,
]

extension JSONValue {
    /// The object with these members set over its own; a nil value removes one.
    func with(_ members: [String: JSONValue?]) -> JSONValue {
        var copy = self
        for (name, value) in members { copy[name] = value }
        return copy
    }
}

/// Runs one generation against scripted answers.
struct Scenario {
    let model: ScriptedModel
    let journal: MemoryJournal
    let generator: Generator

    init(
        _ answers: ScriptedModel.Answer..., journal: MemoryJournal = MemoryJournal()
    ) throws {
        model = ScriptedModel(answers)
        self.journal = journal
        generator = Generator(
            models: ModelCatalog(providers: [model], default: "openai"),
            settings: GenerationSettings(data: try GenerationData.load()))
    }

    func run(
        _ prompt: String = "Post a daily note", user: String? = "u-7",
        existing: JSONValue? = nil, model: String? = nil
    ) async -> GenerationResult {
        await generator.run(
            GenerationRequest(
                prompt: prompt, userID: user, existingAgent: existing, model: model),
            journal: journal)
    }

    /// All that was sent in one call, as one text.
    func sent(_ call: Int) -> String {
        model.requests[call].messages.compactMap(\.content).joined(separator: "\n")
    }
}
