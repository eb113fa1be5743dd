import FoundationEssentials
import JSON
import Journal

/// What an engine needs to know of an agent: the columns of its `agents` row that steer a run.
public struct AgentDefinition: Sendable, Hashable {
    public var id: UUID
    public var userID: UUID
    public var name: String
    public var systemPrompt: String?
    public var enhancedPrompt: String?
    public var userPrompt: String?
    /// The plugins the agent may use, as declared.
    public var pluginsRequired: [String]
    /// The workflow, unread: the orchestrator plans it.
    public var workflowSteps: JSONValue?
    /// The fields of the answer, unread: an array of objects with `name`, `type`, `source` ….
    public var outputSchema: JSONValue?
    /// A model name, with or without `provider:`.
    public var modelPreference: String?
    /// Whether its runs have memory; nil leaves it to the worker.
    public var memoryEnabled: Bool?

    public init(
        id: UUID, userID: UUID, name: String, systemPrompt: String? = nil,
        enhancedPrompt: String? = nil, userPrompt: String? = nil, pluginsRequired: [String] = [],
        workflowSteps: JSONValue? = nil, outputSchema: JSONValue? = nil,
        modelPreference: String? = nil, memoryEnabled: Bool? = nil
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.systemPrompt = systemPrompt
        self.enhancedPrompt = enhancedPrompt
        self.userPrompt = userPrompt
        self.pluginsRequired = pluginsRequired
        self.workflowSteps = workflowSteps
        self.outputSchema = outputSchema
        self.modelPreference = modelPreference
        self.memoryEnabled = memoryEnabled
    }

    /// Reads an `agents` row given as JSON, as `to_jsonb` makes it.
    ///
    /// Throws an `invalid_payload` failure that names the column at fault.
    public init(row: JSONValue) throws(RunFailure) {
        guard case .object = row else {
            throw .invalid("AGENT_INVALID", "agents row must be an object, not \(row.typeName)")
        }
        let columns = FieldReader(row, path: "agents", code: "AGENT_INVALID")
        self.init(
            id: try columns.uuid("id"),
            userID: try columns.uuid("user_id"),
            name: try columns.required("agent_name", columns.string("agent_name")),
            systemPrompt: try columns.string("system_prompt"),
            enhancedPrompt: try columns.string("enhanced_prompt"),
            userPrompt: try columns.string("user_prompt"),
            pluginsRequired: try columns.strings("plugins_required"),
            workflowSteps: columns.value("workflow_steps"),
            outputSchema: columns.value("output_schema"),
            modelPreference: try columns.string("model_preference"),
            memoryEnabled: try columns.bool("memory_enabled"))
    }

    /// The instructions of the agent: its system prompt, else the enhanced one, else the user's.
    public var instructions: String? {
        [systemPrompt, enhancedPrompt, userPrompt].lazy.compactMap(\.self)
            .first { !$0.allSatisfy(\.isWhitespace) }
    }
}
