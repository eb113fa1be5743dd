/// Decides whether a pending step may start. Pure: the states in, the decision out.
enum Readiness: Hashable {
    case wait
    case run
    case skip

    /// A step waits for all its dependencies. It is skipped when one of them failed, when all of
    /// them were skipped (those that decide whether it runs not counted), or when it stands in
    /// branches of which none was chosen.
    static func decide(
        _ step: PlannedStep, states: [String: StepState], steps: [String: PlannedStep]
    ) -> Readiness {
        let dependencies = step.dependencies.map { (id: $0, state: states[$0] ?? .skipped) }
        guard dependencies.allSatisfy(\.state.isSettled) else { return .wait }
        if dependencies.contains(where: { $0.state == .failed }) { return .skip }
        let sources = dependencies.filter { !step.deciders.contains($0.id) }
        if !sources.isEmpty, sources.allSatisfy({ $0.state == .skipped }) { return .skip }
        guard !step.deciders.isEmpty else { return .run }
        let isChosen = step.deciders.contains { decider in
            guard case .completed(let branch?) = states[decider] else { return false }
            return steps[decider]?.branches[branch]?.contains(step.step.id) ?? false
        }
        return isChosen ? .run : .skip
    }
}
