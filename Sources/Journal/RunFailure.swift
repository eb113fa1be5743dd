/// How a run failed. The message is recorded and logged, so it carries no prompt, payload or key.
public struct RunFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it was; the retry policy decides on it.
    public var failureClass: FailureClass
    /// A short constant for programs, such as `MAX_ITERATIONS_REACHED`; empty where the message
    /// says it all.
    public var code: String
    /// One line for people, naming the field and the remedy where there is one.
    public var message: String
    /// How long the provider or tool asked to wait, if it did.
    public var retryAfter: Duration?
    /// Whether another attempt may help at all, whatever the class usually means.
    public var isPermanent: Bool

    public init(
        _ failureClass: FailureClass, code: String, message: String,
        retryAfter: Duration? = nil, isPermanent: Bool = false
    ) {
        self.failureClass = failureClass
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.isPermanent = isPermanent
    }

    /// What records and logs show: the code, then the message; the message alone when there is no
    /// code.
    public var description: String { code.isEmpty ? message : "\(code): \(message)" }
}
