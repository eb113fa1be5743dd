import Journal

/// Models to ask for the same reply, best first, and the failures that lead from one to the next.
public struct ModelLadder: Sendable {
    /// Never empty.
    public let candidates: [ModelCatalog.Resolved]
    public let policy: FallbackPolicy

    /// The first candidate is the one that was asked for; a candidate that is there already is not
    /// taken twice.
    public init(
        _ first: ModelCatalog.Resolved, fallbacks: [ModelCatalog.Resolved] = [],
        policy: FallbackPolicy = .standard
    ) {
        var seen: Set<[String]> = [[first.model.provider, first.name]]
        candidates =
            [first] + fallbacks.filter { seen.insert([$0.model.provider, $0.name]).inserted }
        self.policy = policy
    }
}
