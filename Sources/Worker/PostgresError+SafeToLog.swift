import Postgres

extension PostgresError {
    /// What may stand in logs and records: the server's message on refused data quotes the data.
    var safeToLog: String {
        guard isDataRejected, let sqlState else { return description }
        return "\(context): the data was refused [\(sqlState)]"
    }
}
