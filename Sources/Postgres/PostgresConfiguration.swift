import Glibc

/// Where and how to connect.
public struct PostgresConfiguration: Sendable {
    /// A libpq URI or keyword string, several hosts allowed; nil: libpq's own PG* variables,
    /// service file and password file. What it sets wins over the defaults below.
    public let connectionString: String?
    /// The session's name in pg_stat_activity, unless the connection string or PGAPPNAME names it.
    public let applicationName: String

    /// For each host; libpq waits at least 2 s.
    public var connectTimeout: Duration = .seconds(10)
    /// The server's statement_timeout for every statement; nil: the role's setting.
    public var statementTimeout: Duration?
    /// The server's lock_timeout; nil: the role's setting.
    public var lockTimeout: Duration?
    /// The server's idle_in_transaction_session_timeout; nil: the role's setting.
    public var idleInTransactionTimeout: Duration?
    /// For sessions that look rows up and never read whole tables. A generic plan is made once: over a
    /// table that is still empty it is a scan, and stays one while the table grows.
    public var avoidsTableScans = false
    /// False behind a transaction-pooling proxy: every statement is then parsed anew, unnamed.
    public var usesPreparedStatements = true
    /// False behind a pooler that lends a session for a transaction only: nothing is left in a
    /// session, no setting and no prepared statement, for its next user has another's. The timeouts
    /// above are then the role's own (`ALTER ROLE … SET`), and LISTEN hears nothing.
    public var keepsSession = true {
        didSet { usesPreparedStatements = keepsSession }
    }
    /// How long sent data may stay unacknowledged before the connection counts as broken; plain
    /// keepalives do not notice a partition with data in flight.
    public var tcpUserTimeout: Duration = .seconds(15)

    /// The defaults, for this connection string.
    public init(connectionString: String?, applicationName: String) {
        self.connectionString = connectionString
        self.applicationName = applicationName
    }

    /// Host, port and database as the connection string or the environment gives them; never the
    /// user's password or any other setting.
    public var redactedDescription: String {
        let options = explicitOptions()
        func value(_ key: String, _ variable: String, _ fallback: String) -> String {
            options[key] ?? getenv(variable).map { String(cString: $0) } ?? fallback
        }
        let host = options["host"] ?? options["hostaddr"] ?? value("host", "PGHOST", "local socket")
        let port = value("port", "PGPORT", "5432")
        return "host \(host), port \(port), database \(value("dbname", "PGDATABASE", "default"))"
    }

    /// What libpq gets, later entries winning. `dbname` is expanded by libpq, so that it may hold a
    /// whole connection string.
    func keywords() -> [(key: String, value: String)] {
        var keywords = [
            (key: "fallback_application_name", value: applicationName),
            (key: "connect_timeout", value: String(max(2, connectTimeout.wholeSeconds))),
            (key: "keepalives_idle", value: "30"),
            (key: "keepalives_interval", value: "10"),
            (key: "keepalives_count", value: "3"),
            (key: "tcp_user_timeout", value: String(tcpUserTimeout.milliseconds)),
        ]
        if let connectionString { keywords.append((key: "dbname", value: connectionString)) }
        // All our text is UTF-8, whatever PGCLIENTENCODING says.
        keywords.append((key: "client_encoding", value: "UTF8"))
        return keywords
    }

    /// Session settings made right after connecting, not as start-up options, which connection
    /// poolers refuse.
    ///
    /// A generic plan for every prepared statement: no planning per execution, and no plan that
    /// changes with the parameters (a claim with a custom plan of a growing table was 140 times
    /// slower). And no JIT: it compiled for seconds what runs in milliseconds.
    func sessionSettings() -> [(name: String, value: String)] {
        guard keepsSession else { return [] }
        var settings = [
            (name: "plan_cache_mode", value: "force_generic_plan"), (name: "jit", value: "off"),
        ]
        if avoidsTableScans { settings.append((name: "enable_seqscan", value: "off")) }
        func add(_ name: String, _ duration: Duration?) {
            guard let duration else { return }
            settings.append((name: name, value: "\(max(1, duration.milliseconds))ms"))
        }
        add("statement_timeout", statementTimeout)
        add("lock_timeout", lockTimeout)
        add("idle_in_transaction_session_timeout", idleInTransactionTimeout)
        return settings
    }

    /// How long to wait for libpq's connect as a whole: it tries the hosts one after another.
    var overallConnectTimeout: Duration {
        let options = explicitOptions()
        let hosts =
            options["host"] ?? options["hostaddr"] ?? getenv("PGHOST").map { String(cString: $0) }
        let count = (hosts ?? "").split(separator: ",", omittingEmptySubsequences: false).count
        let perHost = options["connect_timeout"].flatMap { Int($0) }.map {
            Duration.seconds(max(2, $0))
        }
        // A second more, so that libpq's own, more telling error comes first.
        return max(.seconds(2), perHost ?? connectTimeout) * max(1, count) + .seconds(1)
    }

    /// What the connection string sets itself; empty when it is nil or cannot be parsed (libpq says
    /// why when connecting).
    private func explicitOptions() -> [String: String] {
        connectionString.flatMap { Self.parse($0) } ?? [:]
    }
}
