import JSON
import Journal
import Models

/// The functions a run may offer its model.
///
/// What a plugin's own server lists is journalled once per run: it is a part of every request, so a
/// server that lists something else tomorrow would make a later attempt pay for every call again.
/// And a replay needs no server.
struct OfferedTools {
    let tools: any ToolCalling
    let journal: any Journal

    /// The functions of these plugins, in their order. Throws what the journal throws.
    func definitions(of plugins: [String]) async throws -> [ToolDefinition] {
        var definitions: [ToolDefinition] = []
        for plugin in plugins {
            definitions +=
                tools.listsActions(plugin: plugin)
                ? try await kept(plugin) : tools.definitions(plugins: [plugin])
        }
        return definitions
    }

    private func kept(_ plugin: String) async throws -> [ToolDefinition] {
        // No step's id comes before it: the same for all steps of a workflow.
        let step = JournalStep(
            key: "#tools.\(plugin)", kind: .step, fingerprint: Fingerprint.of(plugin), effect: .none
        )
        let list = try await journal.perform(step) {
            .array(tools.definitions(plugins: [plugin]).map(Self.json))
        }
        return try JSONReader(list).array().map(Self.definition)
    }

    private static func json(_ tool: ToolDefinition) -> JSONValue {
        [
            "name": .string(tool.name), "description": .string(tool.description),
            "parameters": tool.parameters,
        ]
    }

    private static func definition(_ tool: JSONReader) throws -> ToolDefinition {
        ToolDefinition(
            name: try tool.required("name").string(),
            description: try tool.required("description").string(),
            parameters: try tool.required("parameters").value)
    }
}
