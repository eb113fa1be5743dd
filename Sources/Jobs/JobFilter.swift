/// Which jobs a list shows; nil means any.
public struct JobFilter: Sendable {
    public var state: String?
    public var kind: String?
    public var userID: String?
    /// At most so many, newest first.
    public var limit: Int

    public init(state: String? = nil, kind: String? = nil, userID: String? = nil, limit: Int = 50) {
        self.state = state
        self.kind = kind
        self.userID = userID
        self.limit = limit
    }
}
