import Journal

extension ToolAction {
    /// What a call does to the world: methods that only read do nothing, unless the definition says
    /// they do.
    public var effect: SideEffect {
        guard isIdempotent else { return .once }
        return ["GET", "HEAD", "OPTIONS"].contains(request.method) ? .none : .idempotent
    }
}
