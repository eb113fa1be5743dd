import JSON
import JSONSchema
import Models

/// What a valid agent looks like, and which of its fields a model may write.
///
/// The document is JSON Schema 2020-12. Annotations of ours, ignored by validators, steer the
/// engine: `x-written-on` (`create`, `update`), `x-truncate`, `x-slug`, `x-no-headings`. A
/// document without any `x-written-on` lets the model write the required fields but `model`.
public struct AgentSchema: Sendable {
    /// The names of an agent's fields that matter to the engine itself.
    enum Field {
        static let model = "model"
        static let owner = "owner"
        static let skills = "skills"
        static let temperature = "temperature"
        static let autonomous = "autonomous"
        static let feePercentage = "fee_percentage"
        /// Never written by a model, whatever the document says.
        static let protected: Set<String> = [owner, skills, "id"]
    }

    /// The document, completed with the schemas of the skills.
    public let document: JSONValue
    /// The model a new agent gets.
    public let defaultModel: String
    let properties: JSONObject
    private let compiled: JSONSchema
    private let formats: [GenerationMode: JSONValue]

    /// Compiles the document; the error names every fault.
    public init(
        _ document: JSONValue, skills: SkillCatalog, source: String = "agent-schema.json"
    ) throws(GenerationDataError) {
        guard var properties = document["properties"]?.objectValue else {
            throw GenerationDataError(source: source, faults: ["properties must be an object"])
        }
        properties[Field.skills] = Self.skillsSchema(properties[Field.skills], skills)
        var completed = document
        completed["properties"] = .object(properties)
        self.document = completed
        self.properties = properties
        defaultModel = try Self.defaultModel(properties[Field.model], source)
        do {
            compiled = try JSONSchema(completed)
        } catch {
            throw GenerationDataError(source: source, faults: ["\(error)"])
        }
        let preparation = StructuredOutputSchema(completed)
        formats = Dictionary(
            uniqueKeysWithValues: GenerationMode.allCases.compactMap { mode in
                preparation.prepared(
                    properties: Self.writable(in: completed, on: mode),
                    required: mode == .create ? Self.required(in: completed) : []
                ).map { (mode, $0) }
            })
    }

    /// Every error of an agent, empty when it is valid.
    func errors(in agent: JSONValue) -> [ValidationError] {
        compiled.validate(agent)
    }

    /// The names of the fields every agent has.
    var required: [String] { Self.required(in: document) }

    /// The fields a model may write, in order.
    func writable(on mode: GenerationMode) -> [String] {
        Self.writable(in: document, on: mode)
    }

    /// The models an agent may run on; nil when the document names none.
    var allowedModels: [String]? {
        properties[Field.model]?["enum"]?.strings
    }

    /// The schema sent to a provider for structured output; nil when the writable fields cannot
    /// be expressed in the subset providers take.
    func replyFormat(on mode: GenerationMode) -> JSONValue? { formats[mode] }

    /// The schema shown in the prompt where the provider takes none.
    func shownSchema(on mode: GenerationMode) -> JSONValue {
        if let format = formats[mode] { return format }
        let names = writable(on: mode)
        return [
            "type": "object",
            "properties": .object(
                JSONObject(names.compactMap { name in properties[name].map { (name, $0) } })),
        ]
    }

    /// The members in the order of the document, unknown ones last.
    func ordered(_ agent: JSONObject) -> JSONObject {
        var ordered = JSONObject()
        for name in properties.keys { ordered[name] = agent[name] }
        for (name, value) in agent where !properties.contains(key: name) { ordered[name] = value }
        return ordered
    }

    private static func skillsSchema(_ given: JSONValue?, _ catalog: SkillCatalog) -> JSONValue {
        var schema = given ?? ["type": "object"]
        var categories = schema["properties"]?.objectValue ?? [:]
        for (name, category) in catalog.schemas where !categories.contains(key: name) {
            categories[name] = category
        }
        schema["properties"] = .object(categories)
        return schema
    }

    private static func defaultModel(
        _ schema: JSONValue?, _ source: String
    ) throws(GenerationDataError) -> String {
        let allowed = schema?["enum"]?.strings
        guard let model = schema?["default"]?.stringValue ?? allowed?.first,
            allowed?.contains(model) ?? true
        else {
            throw GenerationDataError(
                source: source,
                faults: ["properties.model must have a default, one of its enum where it has one"])
        }
        return model
    }

    private static func required(in document: JSONValue) -> [String] {
        document["required"]?.strings ?? []
    }

    private static func writable(in document: JSONValue, on mode: GenerationMode) -> [String] {
        let properties = document["properties"]?.objectValue ?? [:]
        let marked = properties.filter { $0.value["x-written-on"] != nil }
        let names =
            marked.isEmpty
            ? required(in: document).filter { $0 != Field.model }
            : marked.filter { $0.value["x-written-on"]?.strings.contains(mode.rawValue) ?? false }
                .map(\.key)
        return names.filter {
            !Field.protected.contains($0) && properties[$0]?["readOnly"]?.boolValue != true
        }
    }
}
