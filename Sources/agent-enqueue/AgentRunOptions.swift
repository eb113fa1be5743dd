import ArgumentParser
import FoundationEssentials
import JSON
import Jobs

/// What the two ways to run an agent have in common.
struct AgentRunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The agent's id.", valueName: "uuid"))
    var agent: String

    @Option(help: ArgumentHelp("The user's id.", valueName: "uuid"))
    var user: String

    @Option(
        help: ArgumentHelp(
            "An input value; repeat for more. JSON where it reads as JSON, else text.",
            valueName: "key=value"))
    var input: [String] = []

    @Option(help: ArgumentHelp("A JSON file with an object of input values.", valueName: "file"))
    var inputFile: String?

    @Option(help: ArgumentHelp("What the user asks of this run.", valueName: "text"))
    var userPrompt: String?

    @Option(help: "The model, or provider:model (default: the agent's, then the worker's).")
    var model: String?

    @OptionGroup var options: EnqueueOptions

    func validate() throws {
        for (name, text) in [("--agent", agent), ("--user", user)]
        where UUID(uuidString: text) == nil {
            throw ValidationError("\(name) \(text): must be a UUID")
        }
        for pair in input where pair.firstIndex(of: "=").map({ $0 > pair.startIndex }) != true {
            throw ValidationError("--input \(pair): write it as key=value")
        }
    }

    func enqueue(_ kind: JobKind) async throws {
        var payload: JSONObject = [:]
        var values: JSONObject = [:]
        if let inputFile {
            values = try InputFile.object(inputFile, option: "--input-file").objectValue ?? [:]
        }
        for pair in input {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let text = String(parts[1])
            values[String(parts[0])] = (try? JSONValue(parsing: text)) ?? .string(text)
        }
        if !values.isEmpty { payload["input_values"] = .object(values) }
        payload["user_prompt"] = userPrompt.map { .string($0) }
        payload["model"] = model.map { .string($0) }
        try await options.enqueue(
            JobRequest(
                kind: kind.rawValue, payload: .object(payload), userID: user.lowercased(),
                agentID: UUID(uuidString: agent)))
    }
}
