import Limits
import Postgres

extension HealthCheck {
    /// A line per provider or model that is not asked for now. A stopped account is a fault: nothing
    /// but a person mends it.
    func closedProviders(_ connection: PostgresConnection) async throws -> [Finding] {
        try await ProviderDesk(connection).closed().map { closed in
            Finding(
                isFault: closed.kind == "quota", subject: "provider \(closed.name.provider)",
                detail: "\(closed.line); \(closed.held) jobs held")
        }
    }
}
