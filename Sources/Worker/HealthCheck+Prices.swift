import Postgres
import RunLog

extension HealthCheck {
    /// How far back models without a price are looked for.
    static let unpricedSpan = Duration.seconds(7 * 86_400)

    /// No fault: work goes on without prices, but its costs are not known.
    func prices(_ connection: PostgresConnection) async throws -> Finding {
        let prices = ModelPrices(connection)
        let count = try await prices.count()
        let unpriced = try await prices.unpriced(since: Self.unpricedSpan)
        var detail = "\(count) models"
        if count == 0 { detail += "; run agent-worker prices import --shipped, or with a list" }
        if !unpriced.isEmpty {
            let calls = unpriced.reduce(0) { $0 + $1.calls }
            let named = unpriced.prefix(5).map(\.model).joined(separator: ", ")
            detail +=
                "; \(calls) calls of 7 days have no known cost: \(named)"
                + (unpriced.count > 5 ? " and \(unpriced.count - 5) more" : "")
        }
        return Finding(isFault: false, subject: "prices", detail: detail)
    }
}
