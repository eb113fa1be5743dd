import Journal

/// Which failures of one model are a reason to ask another.
public struct FallbackPolicy: Sendable, Hashable {
    private let classes: Set<FailureClass>

    /// Those of `classes` with which another model can help. A refused content or request is as
    /// refused elsewhere, and what ended the run itself ends the ladder too.
    public init(_ classes: Set<FailureClass>) {
        self.classes = classes.intersection([
            .provider, .transport, .rateLimited, .contextLength, .timeout, .quota,
        ])
    }

    /// A fault of the provider or of the way to it, a rate limit, a context too small.
    ///
    /// Not an account out of credit or a refused key: somebody has to act on these, and a worker
    /// that quietly goes on at another price hides them. Not a timeout: the time is gone.
    public static let standard = FallbackPolicy([
        .provider, .transport, .rateLimited, .contextLength,
    ])

    /// No failure leads on.
    public static let never = FallbackPolicy([])

    /// Whether to ask the next model after this failure.
    public func leadsOn(_ failureClass: FailureClass) -> Bool { classes.contains(failureClass) }
}
