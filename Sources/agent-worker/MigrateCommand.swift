import ArgumentParser
import Migrations
import RunLog

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Apply the migrations this version brings.",
        discussion: """
            Safe to repeat and to race, and safe beside workers of the previous version. `psql -1 -f` with the files of migrations/, in order, \
            does the same. migrate also takes in the prices this version ships with, of models whose prices were not imported.
            """)

    @Flag(
        help:
            "Show what is applied and what is pending; exit 1 if anything is pending or was edited."
    )
    var status = false

    func run() async throws {
        try await Database.withConnection { connection in
            let migrator = Migrator(connection)
            if status { return try await show(migrator) }
            let applied = try await migrator.migrate()
            for name in applied { print("applied \(name)") }
            if applied.isEmpty { print("nothing to do, the schema is current") }
            let prices = try await ModelPrices(connection).take(.shipped(), source: .shipped)
            if prices.new + prices.changed > 0 {
                print("shipped prices: \(prices.new) new, \(prices.changed) changed")
            }
        }
    }

    private func show(_ migrator: Migrator) async throws {
        let migrations = try await migrator.status()
        for migration in migrations { print("\(migration.state.rawValue)\t\(migration.name)") }
        if migrations.contains(where: { $0.state == .pending || $0.state == .edited }) {
            throw ExitCode(1)
        }
    }
}
