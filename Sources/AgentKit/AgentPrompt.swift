import FoundationEssentials
import JSON
import Journal

/// Builds the two messages every run starts with. Equal inputs give equal texts.
struct AgentPrompt {
    let agent: AgentDefinition
    let input: RunInput
    /// The connected plugins with what is to be known of each.
    let plugins: [(name: String, context: String)]

    /// Instructions, plugins, memory, date, rules, and the form of the answer.
    func system() throws(RunFailure) -> String {
        guard let instructions = agent.instructions ?? input.userPrompt else {
            throw .invalid(
                "AGENT_HAS_NO_PROMPT",
                "agents.system_prompt, enhanced_prompt and user_prompt are all empty; "
                    + "set one, or give payload.user_prompt")
        }
        var sections = [instructions]
        if !plugins.isEmpty {
            let lines = plugins.map { "- \($0.name): \($0.context)" }
            sections.append("Plugins you can use:\n" + lines.joined(separator: "\n"))
        }
        if let memory = input.memory?.text { sections.append(memory) }
        sections.append("Today is \(Self.day(input.now)) (UTC).")
        sections.append(plugins.isEmpty ? Self.rules : Self.rules + Self.toolRules)
        if let output = OutputInstructions(schema: agent.outputSchema).text {
            sections.append(output)
        }
        return sections.joined(separator: "\n\n")
    }

    /// The request and the input values as a list.
    func user() -> String {
        let request = input.userPrompt ?? agent.userPrompt ?? "Carry out your task now."
        guard !input.inputValues.isEmpty else { return request }
        let lines = input.inputValues.map { "- \($0.key): \(Self.text($0.value))" }
        return request + "\n\nInput values:\n" + lines.joined(separator: "\n")
    }

    private static let rules = """
        Rules:
        - Complete the task without asking the user back: nobody answers.
        - State facts only from the input or from results you have seen; say so when something \
        is missing.
        """

    private static let toolRules = """

        - Use the plugins' functions for anything outside this conversation.
        - When a function fails, read its error, and correct the call or go on without it; do not \
        repeat the same call unchanged.
        - When the task is done, answer in text and call no further function.
        """

    private static func text(_ value: JSONValue) -> String {
        value.stringValue ?? value.serialized
    }

    private static func day(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day())
    }
}
