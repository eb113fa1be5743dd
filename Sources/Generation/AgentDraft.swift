import JSON
import Journal

/// The agent in the making: what is settled before any call, and what the model wrote so far.
struct AgentDraft {
    /// The owner of an agent nobody asked for by name.
    static let systemOwner = "system"

    let mode: GenerationMode
    private let schema: AgentSchema
    private let validator: AgentValidator
    private let base: JSONObject
    /// Members of an existing agent the schema does not know, such as its id: kept as they are,
    /// out of sight of the model and the validation.
    private let carried: JSONObject
    private let baseRepairs: [String]
    private var written = JSONObject()
    private var writtenRepairs: [String] = []
    private var hasCandidate = false

    init(_ request: GenerationRequest, data: GenerationData) {
        let existing = request.existingAgent?.objectValue
        mode = existing == nil ? .create : .update
        schema = data.schema
        validator = AgentValidator(schema: data.schema, userID: request.userID)
        var base = JSONObject()
        var carried = JSONObject()
        for (name, value) in existing ?? [:] {
            if data.schema.properties.contains(key: name) {
                if !value.isNull { base[name] = value }
            } else {
                carried[name] = value
            }
        }
        var repairs: [String] = []
        Self.settleModel(&base, data.schema, &repairs)
        Self.settleSkills(&base, data.skills, request.prompt)
        Self.settleOwner(&base, request.userID)
        if existing == nil {
            let temperature = AgentSchema.Field.temperature
            base[temperature] = data.schema.properties[temperature]?["default"]
        }
        self.base = base
        self.carried = carried
        baseRepairs = repairs
    }

    /// The agent as it stands; nil while no reply held an object.
    var candidate: JSONValue? {
        guard hasCandidate else { return nil }
        var members = schema.ordered(visible)
        for (name, value) in carried { members[name] = value }
        return .object(members)
    }

    /// The categories of skills that are enabled.
    var skills: [String] { SkillCatalog.enabled(in: base[AgentSchema.Field.skills]) }

    /// What was mended without the model.
    var repairs: [String] { baseRepairs + writtenRepairs }

    /// The fields the model may change, as they are now; no others are ever shown to it, because
    /// an agent also holds keys and tokens.
    var shownFields: JSONObject {
        JSONObject(schema.writable(on: mode).compactMap { name in base[name].map { (name, $0) } })
    }

    /// What is wrong as it stands and the model could mend: in an update's first prompt.
    var mendableFaults: [AgentFault] {
        faults().filter { $0.isMendable(writing: Set(schema.writable(on: mode))) }
    }

    /// Checks what no reply can change, before anything is spent.
    func checkSettledFields() throws(RunFailure) {
        let writable = Set(schema.writable(on: mode))
        let hopeless = faults().filter { !$0.isMendable(writing: writable) }
        guard !hopeless.isEmpty else { return }
        let subject = mode == .create ? "The new agent" : "payload.existing_agent"
        throw RunFailure(
            .invalidPayload, code: "AGENT_NOT_MENDABLE",
            message: "\(subject) has errors in fields that generation does not write: "
                + hopeless.prefix(5).map(\.text).joined(separator: "; "),
            isPermanent: true)
    }

    /// Takes over what a reply sets and returns what is still wrong with the agent.
    ///
    /// A field that is absent keeps what an earlier reply set; a `null` takes that back.
    mutating func take(_ reply: JSONObject) -> [AgentFault] {
        var repair = AgentRepair(schema: schema, mode: mode)
        for (name, value) in repair.fields(of: reply) {
            written[name] = value.unlessNull
        }
        writtenRepairs = repair.notes
        hasCandidate = true
        return faults()
    }

    private var visible: JSONObject {
        var members = base
        for (name, value) in written { members[name] = value }
        return members
    }

    private func faults() -> [AgentFault] {
        validator.faults(in: .object(visible))
    }

    /// A model that is no longer allowed is replaced: the agent could not run on it.
    private static func settleModel(
        _ base: inout JSONObject, _ schema: AgentSchema, _ repairs: inout [String]
    ) {
        let field = AgentSchema.Field.model
        let model = base[field]?.stringValue
        if let model, !model.isBlank, schema.allowedModels?.contains(model) ?? true { return }
        if base[field] != nil { repairs.append("\(field): set to \(schema.defaultModel)") }
        base[field] = .string(schema.defaultModel)
    }

    private static func settleSkills(
        _ base: inout JSONObject, _ catalog: SkillCatalog, _ prompt: String
    ) {
        let field = AgentSchema.Field.skills
        let existing = base[field] ?? [:]
        guard let skills = existing.objectValue else { return }
        base[field] = .object(catalog.merged(into: skills, prompt: prompt))
    }

    /// The user's; without one it stays whose it was, and a new one is the system's.
    private static func settleOwner(_ base: inout JSONObject, _ userID: String?) {
        let field = AgentSchema.Field.owner
        if let userID {
            base[field] = .string(userID)
        } else if base[field]?.stringValue?.isBlank ?? true {
            base[field] = .string(systemOwner)
        }
    }
}
