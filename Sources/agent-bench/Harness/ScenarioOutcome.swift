import JSON

/// What a scenario came to.
struct ScenarioOutcome: Sendable {
    let number: String
    let name: String
    let title: String
    /// In the order of the contest.
    let contestants: [String]
    /// By contestant, one per turn; nil where it failed.
    let samples: [String: [Sample?]]
    /// The first failure of each contestant that had one.
    let failures: [String: String]
    let goals: [Goal]
    let notes: [String]
    let absent: [String]

    /// The figures any contestant has, in the order of the columns.
    var figures: [Figure] {
        Figure.allCases.filter { figure in
            samples.values.contains { $0.contains { $0?[figure] != nil } }
        }
    }

    func statistics(_ contestant: String, _ figure: Figure) -> Statistics? {
        Statistics((samples[contestant] ?? []).compactMap { $0?[figure] })
    }

    func verdict(on goal: Goal) -> Verdict {
        guard let statistics = Statistics(goal.values(in: samples)) else { return .notMeasured }
        return goal.bound.holds(statistics.median) ? .met(statistics) : .missed(statistics)
    }

    enum Verdict: Sendable, Hashable {
        case met(Statistics)
        case missed(Statistics)
        case notMeasured
    }
}
