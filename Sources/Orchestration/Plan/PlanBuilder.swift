import AgentKit
import JSON
import Journal

/// Checks a workflow and puts its steps in order. Collects every fault before it gives up.
struct PlanBuilder {
    /// Steps of a workflow, nested ones included, and levels of nesting.
    private static let maxSteps = 500
    private static let maxDepth = 5
    /// Faults that one message tells.
    private static let maxFaults = 50

    let catalog: StepCatalog
    let tools: any ToolCalling
    private var faults: [String] = []
    /// Every step id of the workflow.
    private var knownIDs: Set<String> = []
    /// Those of the world of ids that is being read; see `BlockScope.isolated`.
    private var takenIDs: Set<String> = []
    private var stepCount = 0

    init(catalog: StepCatalog, tools: any ToolCalling) {
        self.catalog = catalog
        self.tools = tools
    }

    /// Plans an agent's workflow. The failure lists every fault:
    /// `Workflow validation failed: step 'a': plugin is required, …`.
    static func plan(
        _ agent: AgentDefinition, catalog: StepCatalog, tools: any ToolCalling
    ) throws(RunFailure) -> WorkflowPlan {
        var builder = PlanBuilder(catalog: catalog, tools: tools)
        let root = builder.block(agent)
        guard builder.faults.isEmpty else {
            throw .workflow(
                .validation, "Workflow validation failed: " + told(builder.faults))
        }
        return WorkflowPlan(root: root)
    }

    private static func told(_ faults: [String]) -> String {
        let rest = faults.count - maxFaults
        return faults.prefix(maxFaults).joined(separator: ", ")
            + (rest > 0 ? " and \(rest) more" : "")
    }

    private mutating func block(_ agent: AgentDefinition) -> StepBlock {
        guard let steps = agent.workflowSteps?.arrayValue, !steps.isEmpty else {
            faults.append("agents.workflow_steps must be an array of at least one step")
            return StepBlock(steps: [])
        }
        let visibility = Visibility()
        let drafts = drafts(StepOutline.Block(steps: steps), idPrefix: "", depth: 0)
        let block = assemble(drafts, visibility)
        checkOutputs(agent.outputSchema, visible: visibility.ids.union(exports(of: drafts)))
        return block
    }

    /// What the steps of a block may refer to beyond its own.
    struct Visibility {
        var ids: Set<String> = []
        var roots: Set<Scope.Root> = [.input, .inputs, .var]

        /// What the steps of a nested list may refer to.
        func inside(_ scope: BlockScope) -> Visibility {
            switch scope {
            case .shared, .inherited: return self
            case .isolated: return Visibility()
            case .element(let name):
                var inner = self
                inner.roots.formUnion([.current, .item, .index, .loop])
                if let name { inner.ids.insert(name) }
                return inner
            }
        }
    }

    // MARK: Reading

    /// A step that was read, before it has its place.
    struct Draft {
        var step: WorkflowStep
        var type: (any StepType)?
        var outline: StepOutline
        var executeIf: Condition
        var dependencies: [String]
        var blocks: [String: [Draft]] = [:]
    }

    private mutating func drafts(
        _ block: StepOutline.Block, idPrefix: String, depth: Int
    ) -> [Draft] {
        guard depth <= Self.maxDepth else {
            faults.append("'\(idPrefix)' nests more than \(Self.maxDepth) levels deep")
            return []
        }
        let normalizer = StepNormalizer(idPrefix: idPrefix)
        var drafts: [Draft] = []
        for (position, json) in block.steps.enumerated() {
            let json = normalizer.normalize(json, position: position)
            guard case .object = json, json["id"]?.stringValue?.isEmpty == false else {
                faults.append("\(idPrefix)step \(position + 1) must be an object with a string id")
                continue
            }
            guard let draft = draft(json, depth: depth) else { return drafts }
            drafts.append(draft)
        }
        chain(&drafts, isSequential: block.isSequential)
        return drafts
    }

    /// nil when the workflow has too many steps.
    private mutating func draft(_ json: JSONValue, depth: Int) -> Draft? {
        let step = WorkflowStep(json, faults: &faults)
        checkID(step.id)
        stepCount += 1
        guard stepCount <= Self.maxSteps else {
            faults.append("a workflow has at most \(Self.maxSteps) steps")
            return nil
        }
        let type = catalog[step.type]
        if type == nil, !step.type.isEmpty {
            faults.append(
                "step '\(step.id)': the step type '\(step.type)' is not supported "
                    + "(supported: \(catalog.names.joined(separator: "; ")))")
        }
        let outline = type?.outline(of: step, tools: tools) ?? StepOutline()
        let missing = step.namedActions.filter {
            !tools.hasAction(plugin: $0.plugin, action: $0.action)
        }.map { "there is no action '\($0.action)' of a plugin '\($0.plugin)'" }
        faults += (outline.faults + missing).map { "step '\(step.id)': \($0)" }
        var draft = Draft(
            step: step, type: type, outline: outline, executeIf: .constant(true),
            dependencies: step.dependencies)
        do { draft.executeIf = try Condition(json["executeIf"]) } catch {
            faults.append("step '\(step.id)': executeIf: \(error.message)")
        }
        for (name, block) in outline.blocks.sorted(by: { $0.key < $1.key }) {
            let outer = takenIDs
            if block.scope == .isolated { takenIDs = [] }
            let prefix = block.scope == .isolated ? "" : "\(step.id)_"
            draft.blocks[name] = drafts(block, idPrefix: prefix, depth: depth + 1)
            if block.scope == .isolated { takenIDs = outer }
        }
        return draft
    }

    private mutating func checkID(_ id: String) {
        knownIDs.insert(id)
        if !takenIDs.insert(id).inserted { faults.append("duplicate step id '\(id)'") }
        if Scope.Root(rawValue: id) != nil {
            faults.append("step '\(id)': the id is a reserved word")
        }
        // "#" numbers the tries of a step in its keys.
        if !id.allSatisfy(ReferenceCursor.isNameCharacter) || id.contains("#") {
            faults.append("step '\(id)': an id has no white space and none of . # [ ] { } ( )")
        }
    }

    private func chain(_ drafts: inout [Draft], isSequential: Bool) {
        let isUnique = Set(drafts.map(\.step.id)).count == drafts.count
        guard isSequential, isUnique, drafts.count > 1,
            drafts.allSatisfy(\.dependencies.isEmpty)
        else { return }
        let links = drafts.map { draft in
            let branches = draft.outline.branches.sorted { $0.key < $1.key }.map(\.value)
            return SequentialChain.Link(id: draft.step.id, branches: branches)
        }
        let dependencies = SequentialChain(links).dependencies()
        for index in drafts.indices {
            drafts[index].dependencies = dependencies[drafts[index].step.id] ?? []
        }
    }

    // MARK: Ordering

    private mutating func assemble(_ drafts: [Draft], _ visibility: Visibility) -> StepBlock {
        let ids = Set(drafts.map(\.step.id))
        var deciders: [String: [String]] = [:]
        var dependencies: [String: [String]] = [:]
        for draft in drafts {
            let id = draft.step.id
            for target in Set(draft.outline.branches.values.joined()).sorted() {
                if ids.contains(target) {
                    deciders[target, default: []].append(id)
                } else {
                    faults.append("step '\(id)': the branch step '\(target)' does not exist")
                }
            }
            for dependency in draft.dependencies where !ids.contains(dependency) {
                faults.append("step '\(id)' depends on the unknown step '\(dependency)'")
            }
        }
        for draft in drafts {
            let implied = deciders[draft.step.id, default: []]
                .filter { !draft.dependencies.contains($0) }
            dependencies[draft.step.id] = draft.dependencies.filter(ids.contains) + implied
        }
        let graph = DependencyGraph(ids: drafts.map(\.step.id), dependencies: dependencies)
        if let cycle = graph.cycle() {
            faults.append("circular dependency: " + cycle.joined(separator: " → "))
            return StepBlock(steps: [])
        }
        return place(drafts, graph, deciders: deciders, visibility)
    }

    private mutating func place(
        _ drafts: [Draft], _ graph: DependencyGraph, deciders: [String: [String]],
        _ visibility: Visibility
    ) -> StepBlock {
        let levels = graph.levels()
        let ancestors = graph.ancestors()
        let exported = Dictionary(
            drafts.map { ($0.step.id, exports(of: [$0])) }, uniquingKeysWith: { first, _ in first })
        var steps: [PlannedStep] = []
        for draft in drafts {
            let id = draft.step.id
            var inner = visibility
            for ancestor in ancestors[id] ?? [] { inner.ids.formUnion(exported[ancestor] ?? []) }
            checkReferences(of: draft, inner)
            let blocks = nested(in: draft, inner)
            guard let type = draft.type else { continue }
            steps.append(
                PlannedStep(
                    step: draft.step, type: type, executeIf: draft.executeIf,
                    dependencies: graph.dependencies[id] ?? [], level: levels[id] ?? 0,
                    branches: draft.outline.branches, deciders: deciders[id] ?? [],
                    blocks: blocks))
        }
        return StepBlock(steps: steps)
    }

    private mutating func nested(in draft: Draft, _ outer: Visibility) -> [String: StepBlock] {
        var blocks: [String: StepBlock] = [:]
        for (name, drafts) in draft.blocks.sorted(by: { $0.key < $1.key }) {
            guard let outline = draft.outline.blocks[name] else { continue }
            let visible = outer.inside(outline.scope)
            var block = assemble(drafts, visible)
            block.scope = outline.scope
            blocks[name] = block
            var after = visible
            after.ids.formUnion(exports(of: drafts))
            let check = ReferenceCheck(visible: after, known: knownIDs)
            for fault in outline.results.flatMap(check.faults(ofField:)) {
                faults.append("step '\(draft.step.id)' \(fault)")
            }
        }
        return blocks
    }

    /// The ids a finished step makes visible: its own, and those nested in it that it exports.
    private func exports(of drafts: [Draft]) -> Set<String> {
        drafts.reduce(into: []) { ids, draft in
            ids.insert(draft.step.id)
            for (name, nested) in draft.blocks
            where draft.outline.blocks[name]?.scope.isExported == true {
                ids.formUnion(exports(of: nested))
            }
        }
    }

    // MARK: References

    private mutating func checkReferences(of draft: Draft, _ visible: Visibility) {
        let check = ReferenceCheck(visible: visible, known: knownIDs)
        var found = check.faults(of: draft)
        if let rollback = draft.step.rollback {
            var after = visible
            after.ids.formUnion(exports(of: [draft]))
            found += ReferenceCheck(visible: after, known: knownIDs)
                .faults(ofText: rollback.params)
        }
        faults += found.map { "step '\(draft.step.id)' \($0)" }
    }

    private mutating func checkOutputs(_ schema: JSONValue?, visible: Set<String>) {
        let check = ReferenceCheck(
            visible: Visibility(ids: visible), known: knownIDs)
        for output in WorkflowOutput(schema: schema).sources {
            for fault in check.faults(ofField: output.source) {
                faults.append("agents.output_schema: '\(output.name)' \(fault)")
            }
        }
    }
}
