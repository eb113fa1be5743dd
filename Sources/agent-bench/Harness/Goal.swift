/// A figure to reach: of one contestant alone, or against another of the same turn.
struct Goal: Sendable {
    enum Bound: Sendable, Hashable {
        case atLeast(Double)
        case atMost(Double)

        func holds(_ value: Double) -> Bool {
            switch self {
            case .atLeast(let least): value >= least
            case .atMost(let most): value <= most
            }
        }
    }

    enum Comparison: Sendable, Hashable {
        case alone
        /// The figure divided by another contestant's.
        case ratio(to: String)
        /// The figure less another contestant's.
        case excess(over: String)
    }

    let figure: Figure
    let of: String
    let comparison: Comparison
    let bound: Bound

    init(_ figure: Figure, of: String, _ comparison: Comparison = .alone, _ bound: Bound) {
        self.figure = figure
        self.of = of
        self.comparison = comparison
        self.bound = bound
    }

    /// The values of the turns that both contestants have; `samples` holds one per turn, nil where it
    /// failed.
    func values(in samples: [String: [Sample?]]) -> [Double] {
        let mine = (samples[of] ?? []).map { $0?[figure] }
        switch comparison {
        case .alone: return mine.compactMap(\.self)
        case .ratio(let other):
            return zip(mine, (samples[other] ?? []).map { $0?[figure] }).compactMap { mine, other in
                guard let mine, let other, other != 0 else { return nil }
                return mine / other
            }
        case .excess(let other):
            return zip(mine, (samples[other] ?? []).map { $0?[figure] }).compactMap { mine, other in
                guard let mine, let other else { return nil }
                return mine - other
            }
        }
    }

    /// Such as `per s ≥ 0.8 × pgbench`.
    var description: String {
        let (sign, limit) =
            switch bound {
            case .atLeast(let least): ("≥", least)
            case .atMost(let most): ("≤", most)
            }
        let number = NumberText.short(limit)
        switch comparison {
        case .alone: return "\(of): \(figure.heading) \(sign) \(number)"
        case .ratio(let other): return "\(of): \(figure.heading) \(sign) \(number) × \(other)"
        case .excess(let other): return "\(of): \(figure.heading) \(sign) \(other) + \(number)"
        }
    }
}
