import JSON

/// Something a run waits for that comes from outside: a person's approval, an answer, a time.
public struct ExternalEvent: Sendable, Hashable {
    /// The wait's deterministic place in its run, unique in it.
    public var key: String
    /// What is waited for: `human_approval`, `input_required` ….
    public var kind: String
    /// What whoever answers gets to see: title, message, options. `approve_job` honours these
    /// members: `approvers` (an array of names; when it is not empty, nobody else may answer),
    /// `approvalType` (`any`, the default, `all` or `majority` of them) and `requireComment`.
    public var request: JSONValue
    /// How long to wait; past it the answer is `{"decision": "timeout"}`. nil waits until an answer
    /// comes or the job is cancelled.
    public var timeout: Duration?

    public init(key: String, kind: String, request: JSONValue, timeout: Duration? = nil) {
        self.key = key
        self.kind = kind
        self.request = request
        self.timeout = timeout
    }
}
