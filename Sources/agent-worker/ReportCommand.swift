import ArgumentParser
import JSON
import RunLog

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Figures of what was run.", subcommands: [Reprice.self])

    struct Reprice: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compute the costs of stored calls again.",
            discussion: """
                By the prices known now that were valid at each call's time. Ledger, executions, logs and budgets follow. Safe to repeat, to \
                stop half-way and beside workers: it goes in small steps. A known cost is never replaced by an unknown one.
                """)

        @Option(
            help: ArgumentHelp(
                "Only calls of the last 30d, 12h ..., or since a day such as 2026-01-31.",
                valueName: "since"))
        var since: String?

        @Flag(help: "Say what would change, and write nothing.")
        var dryRun = false

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            _ = try since.map { try Moment.since($0) }
        }

        func run() async throws {
            let start = try since.map { try Moment.since($0) }
            let result = try await Database.withConnection {
                try await Repricing($0).run(since: start?.text, isDryRun: dryRun)
            }
            if json {
                print(
                    JSONValue.object([
                        "calls": JSONValue(Int(result.calls)),
                        "changed": JSONValue(Int(result.changed)),
                        "unpriced": JSONValue(Int(result.unpriced)),
                        "old_cost_usd": Self.number(result.oldCost),
                        "new_cost_usd": Self.number(result.newCost), "dry_run": .bool(dryRun),
                    ]).serialized)
                return
            }
            print(
                "\(result.calls) calls, \(result.changed) \(dryRun ? "would change" : "changed"), "
                    + "\(result.unpriced) without a price, "
                    + "\(result.oldCost) USD before, \(result.newCost) USD \(dryRun ? "then" : "now")"
            )
        }

        private static func number(_ text: String) -> JSONValue {
            JSONNumber(text: text).map { .number($0) } ?? .null
        }
    }
}
