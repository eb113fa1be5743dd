import Postgres

extension HealthCheck {
    /// The holder of the horizon by name, and how to be rid of it.
    func horizon(_ connection: PostgresConnection) async throws -> Finding {
        guard let holder = try await HorizonHolder.first(connection) else {
            return Finding(isFault: false, subject: "xmin horizon", detail: "nobody holds it")
        }
        return Finding(
            isFault: holder.isTooOld, subject: "xmin horizon",
            detail: "held by \(holder.name) for "
                + (holder.seconds.map { "\(Int($0)) s, " } ?? "")
                + "\(holder.transactions) transactions"
                + (holder.isTooOld ? ": \(holder.remedy)" : ""))
    }
}
