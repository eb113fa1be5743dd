/// The decisions of a connection pool, apart from connections, tasks and locks.
///
/// Of `limit` slots, `open` are taken by connections that are idle, leased or being made. While
/// tasks wait, nothing is idle: a returned connection or slot goes to the longest waiting.
struct PoolState<Connection> {
    /// What a task that asks for a connection does.
    enum Request {
        case lease(Connection)
        /// Make a connection; then lease it, or report `slotFreed`.
        case connect
        case wait
        case closed
    }

    /// What follows from a returned connection.
    enum Return {
        case keep
        /// The longest waiting gets it.
        case handOver
        case discard
        /// It is not usable: discard it, and the longest waiting makes a new one in its slot.
        case discardAndConnect
    }

    let limit: Int
    private(set) var idle: [Connection] = []
    private(set) var open = 0
    private(set) var isClosed = false

    init(limit: Int) {
        self.limit = limit
    }

    mutating func request(hasWaiters: Bool) -> Request {
        if isClosed { return .closed }
        if hasWaiters { return .wait }
        // The most recently used first: the others may rest.
        if let connection = idle.popLast() { return .lease(connection) }
        guard open < limit else { return .wait }
        open += 1
        return .connect
    }

    mutating func returned(_ connection: Connection, isUsable: Bool, hasWaiters: Bool) -> Return {
        if isClosed {
            open -= 1
            return .discard
        }
        switch (isUsable, hasWaiters) {
        case (true, true): return .handOver
        case (true, false):
            idle.append(connection)
            return .keep
        case (false, true): return .discardAndConnect
        case (false, false):
            open -= 1
            return .discard
        }
    }

    /// A connection could not be made. True when the longest waiting takes the slot over.
    mutating func slotFreed(hasWaiters: Bool) -> Bool {
        if hasWaiters && !isClosed { return true }
        open -= 1
        return false
    }

    /// No more leases; returns the idle connections, to be closed.
    mutating func close() -> [Connection] {
        isClosed = true
        open -= idle.count
        defer { idle = [] }
        return idle
    }
}
