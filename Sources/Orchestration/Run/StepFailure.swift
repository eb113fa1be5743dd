import Journal

/// How a step failed, and whether it may be repeated.
struct StepFailure: Error, Sendable {
    var failure: RunFailure
    /// Whether repeating it is safe: it may help, and it cannot do anything twice.
    var isRepeatable: Bool
    /// The names retry policies know the failure by, upper case.
    var codes: Set<String>

    init(_ failure: RunFailure, isRepeatable: Bool = false, codes: Set<String> = []) {
        self.failure = failure
        self.isRepeatable = isRepeatable
        self.codes = codes
    }
}
