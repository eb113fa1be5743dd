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

    /// Lanes of one user are few: hashing the user alone is enough, and half the work.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(user)
    }

    public static func < (one: Lane, other: Lane) -> Bool {
        if one.priority != other.priority { return one.priority < other.priority }
        return one.queue != other.queue ? one.queue < other.queue : one.user < other.user
    }
}
