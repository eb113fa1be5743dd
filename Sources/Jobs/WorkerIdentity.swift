import FoundationEssentials

/// Who a worker is: a fresh id per start. Names are labels, never identities.
public struct WorkerIdentity: Sendable {
    public let id: UUID
    public let host: String
    public let pid: Int32
    public let version: String
    public let queues: [String]
    public let kinds: [String]
    public let concurrency: Int
    /// How long the worker counts as alive after a heartbeat, by the database's clock.
    public let lease: Duration

    public init(
        id: UUID = UUID(), host: String, pid: Int32, version: String, queues: [String],
        kinds: [String], concurrency: Int, lease: Duration
    ) {
        self.id = id
        self.host = host
        self.pid = pid
        self.version = version
        self.queues = queues
        self.kinds = kinds
        self.concurrency = concurrency
        self.lease = lease
    }
}
