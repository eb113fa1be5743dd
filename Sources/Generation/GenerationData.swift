import FoundationEssentials
import JSON

/// The two data files that say what a valid agent is. Both are built in, and each can be replaced
/// by a file of the user's.
public struct GenerationData: Sendable {
    private static let schemaName = "agent-schema.json"
    private static let skillsName = "skills.json"

    /// What a valid agent looks like.
    public let schema: AgentSchema
    /// The skills agents can have.
    public let skills: SkillCatalog

    /// From the documents themselves; the skills are added to the agent schema. The error names
    /// the document by its source.
    public init(
        agentSchema: JSONValue, skills: JSONValue, schemaSource: String? = nil,
        skillsSource: String? = nil
    ) throws(GenerationDataError) {
        let catalog = try SkillCatalog(skills, source: skillsSource ?? Self.skillsName)
        self.skills = catalog
        schema = try AgentSchema(
            agentSchema, skills: catalog, source: schemaSource ?? Self.schemaName)
    }

    /// The built-in files, or those at the given paths. Fails when a file cannot be read, is not
    /// JSON or does not say what it must.
    public static func load(
        agentSchemaPath: String? = nil, skillsPath: String? = nil
    ) throws(GenerationDataError) -> GenerationData {
        try GenerationData(
            agentSchema: document(
                at: agentSchemaPath, builtIn: PackageResources.agent_schema_json,
                name: schemaName),
            skills: document(
                at: skillsPath, builtIn: PackageResources.skills_json, name: skillsName),
            schemaSource: agentSchemaPath, skillsSource: skillsPath)
    }

    private static func document(
        at path: String?, builtIn: [UInt8], name: String
    ) throws(GenerationDataError) -> JSONValue {
        var bytes = builtIn
        if let path {
            guard let contents = FileManager.default.contents(atPath: path) else {
                throw GenerationDataError(source: path, faults: ["cannot be read"])
            }
            bytes = [UInt8](contents)
        }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw GenerationDataError(source: path ?? name, faults: ["is not JSON: \(error)"])
        }
    }
}
