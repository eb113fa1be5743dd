/// The types of steps there are.
struct StepCatalog: Sendable {
    /// Every type, as a worker runs them that loads no other workflows.
    static let standard = standard(loadWorkflow: nil)

    /// Every type this version runs.
    static func standard(loadWorkflow: WorkflowLoader?) -> StepCatalog {
        StepCatalog([
            ActionStep(),
            LLMDecisionStep(),
            ConditionalStep(),
            SwitchStep(),
            LoopStep(),
            ParallelGroupStep(),
            TransformStep(),
            DelayStep(),
            EnrichmentStep(), ValidationStep(), ComparisonStep(), ScatterGatherStep(),
            SubWorkflowStep(loadWorkflow: loadWorkflow), HumanApprovalStep(),
        ])
    }

    let types: [any StepType]
    private let byName: [String: any StepType]

    /// Two types of one name are a programming error.
    init(_ types: [any StepType]) {
        self.types = types
        byName = Dictionary(
            types.flatMap { type in type.names.map { ($0, type) } },
            uniquingKeysWith: { first, _ in
                preconditionFailure("the step types \(first.names) are listed twice")
            })
    }

    subscript(name: String) -> (any StepType)? { byName[name] }

    /// For messages.
    var names: [String] { types.flatMap(\.names) }
}
