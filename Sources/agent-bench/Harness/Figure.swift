/// What a contestant is measured by. The order is that of the table's columns.
enum Figure: String, CaseIterable, Sendable {
    case rate
    case p50
    case p99
    case milliseconds
    case growth = "times_before"
    case clientMicros = "client_us"
    case serverMicros = "postgres_us"
    case perCPUSecond = "per_cpu_second"
    case walBytes = "wal_bytes"
    case rowBytes = "row_bytes"
    case deadTuples = "dead_tuples"
    case hotPercent = "hot_percent"
    case residentMegabytes = "rss_mb"
    case kilobytesPerCall = "kb_per_call"
    case failed
    case spreadPercent = "uneven_percent"
    case cpuPercent = "cpu_percent"
    case wakeups = "wakeups_per_minute"
    case queries = "queries_per_minute"

    /// The column's heading, with the unit.
    var heading: String {
        switch self {
        case .rate: "per s"
        case .p50: "p50 ms"
        case .p99: "p99 ms"
        case .milliseconds: "ms"
        case .growth: "× before"
        case .clientMicros: "client µs"
        case .serverMicros: "Postgres µs"
        case .perCPUSecond: "per CPU-s"
        case .walBytes: "WAL B"
        case .rowBytes: "row B"
        case .deadTuples: "dead"
        case .hotPercent: "HOT %"
        case .residentMegabytes: "RSS MB"
        case .kilobytesPerCall: "kB/call"
        case .failed: "failed"
        case .spreadPercent: "uneven %"
        case .cpuPercent: "CPU %"
        case .wakeups: "wake-ups/min"
        case .queries: "queries/min"
        }
    }
}
