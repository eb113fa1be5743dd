/// What a caller should do about an error, by SQLSTATE.
extension PostgresError {
    /// The whole transaction may be repeated after a jittered pause, on a new connection where this
    /// one broke: serialization failure, deadlock, lock timeout, statement timeout, connection
    /// exceptions, server shutdown or start-up, a read-only server (failover), too many
    /// connections, out of memory, or the caller's own deadline.
    ///
    /// With `outcomeUnknown` a repetition must be idempotent.
    public var isTransient: Bool {
        switch code {
        case .connection, .deadline: true
        case .cancelled, .closed, .decoding, .usage: false
        case .server(let sqlState): Self.isTransient(sqlState)
        }
    }

    /// The server cannot store data (disk full, I/O error, corruption): repeating costs attempts,
    /// so a worker pauses claiming and raises an alarm.
    public var isStorageFault: Bool {
        ["53100", "58030", "XX001", "XX002"].contains(sqlState)
    }

    /// The data itself was refused (class 22: not representable; class 54: too big or too deep):
    /// sanitise it and try once more.
    public var isDataRejected: Bool {
        guard let sqlState else { return false }
        return sqlState.hasPrefix("22") || sqlState.hasPrefix("54")
    }

    /// A table changed its shape under a prepared statement ("cached plan must not change result
    /// type", plancache.c). The same state is raised for features not supported, which parsing the
    /// statement once more shows.
    var isStalePlan: Bool { sqlState == "0A000" }

    /// The session does not know a prepared statement: a pooler gave us another, or DISCARD ran.
    var isUnknownStatement: Bool { sqlState == "26000" }

    private static func isTransient(_ sqlState: String) -> Bool {
        switch sqlState {
        case "40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "57P05", "25006",
            "25P03", "53200", "53300":
            true
        default:
            sqlState.hasPrefix("08")
        }
    }
}
