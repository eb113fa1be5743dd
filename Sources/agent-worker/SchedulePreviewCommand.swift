import ArgumentParser
import FoundationEssentials
import JSON
import Jobs

struct SchedulePreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Show when an expression ticks, without adding it.")

    @Argument(help: "The expression, such as '30 2 * * *'.")
    var cron: String

    @Option(help: ArgumentHelp("Its time zone, an IANA name.", valueName: "name"))
    var zone = "UTC"

    @Option(help: ArgumentHelp("Ticks after this time (default: now).", valueName: "time"))
    var after: String?

    @Option(help: ArgumentHelp("So many ticks, 1 to 1000.", valueName: "n"))
    var ticks = 10

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let after, (try? Date(after, strategy: .iso8601)) == nil {
            throw ValidationError("--after \(after): write a time as 2026-03-29T00:00:00Z")
        }
        if !(1...1000).contains(ticks) {
            throw ValidationError("--ticks \(ticks): must be 1 to 1000")
        }
    }

    func run() async throws {
        let coming = try await Exit.onRefusal {
            try await $0.ticks(
                of: cron, in: zone, after: after.flatMap { try? Date($0, strategy: .iso8601) },
                limit: ticks)
        }
        print(json ? JSONValue.array(coming.map(\.json)).serialized : TickTable(coming).text)
    }
}
