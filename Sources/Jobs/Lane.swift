/// The due jobs of one user in one priority of a queue: what users take turns by.
public struct Lane: Sendable, Hashable, Comparable {
    public let queue: String
    /// 0 (first) to 9.
    public let priority: Int16
    /// Empty for jobs without a user.
    public let user: String

    public init(queue: String, priority: Int16, user: String) {
        self.queue = queue
        self.priority = priority
        self.user = user
    }

    public static func < (one: Lane, other: Lane) -> Bool {
        (one.priority, one.queue, one.user) < (other.priority, other.queue, other.user)
    }
}
