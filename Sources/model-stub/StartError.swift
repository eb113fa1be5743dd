/// Why the stub cannot start.
struct StartError: Error, CustomStringConvertible {
    /// What was attempted, and the cause.
    let description: String

    /// `attempt` as in "read script.json".
    init(cannot attempt: String, because cause: String) {
        description = "cannot \(attempt): \(cause)"
    }
}
