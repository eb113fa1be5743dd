import Foundation
import JSON
import Postgres
import RunLog
import TestSupport

/// One test's prices on an emptied table. A suite that shares a database is `.serialized`.
struct PriceFixture: Sendable {
    /// The public price list, which lies beside the package when it is there at all.
    static let publicList: String? = {
        let path = PackageRoot.path("../shared/data/model-prices.json")
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    let connection: PostgresConnection

    static func run(
        in suite: SuiteDatabase, _ body: (PriceFixture) async throws -> Void
    ) async throws {
        let connection = try await suite.get().connect()
        try await connection.execute(
            script: "TRUNCATE model_prices, token_usage, job_attempts, jobs, workers")
        try await body(PriceFixture(connection: connection))
        await connection.close()
    }

    var prices: ModelPrices { ModelPrices(connection) }

    @discardableResult
    func take(
        _ list: JSONValue, validFrom: String? = nil, source: ModelPrices.Source = .imported
    ) async throws -> ModelPrices.Imported {
        try await prices.take(PriceList(list), validFrom: validFrom, source: source)
    }

    func takePublicList() async throws {
        let data = try Data(contentsOf: URL(filePath: Self.publicList ?? ""))
        try await take(JSONValue(parsing: [UInt8](data)))
    }

    /// The value of an SQL expression as text; nil for NULL.
    func value(_ expression: String) async throws -> String? {
        try await connection.query("SELECT (\(expression))::text AS value")[0]
            .decodeIfPresent(String.self, "value")
    }

    /// What a call costs: the arguments of call_cost after the model and `now()`.
    func cost(_ model: String, _ arguments: String, at time: String = "now()") async throws
        -> String?
    {
        try await value("call_cost('\(model)', \(time), \(arguments))")
    }
}
