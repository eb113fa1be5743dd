import ArgumentParser
import FoundationEssentials
import JSON
import Jobs

struct LegalHoldListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List holds, lifted ones too.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let holds = try await Exit.onRefusal { try await $0.legalHolds() }
        if json {
            print(JSONValue.array(holds.map(\.json)).serialized)
            return
        }
        print(
            Columns(
                header: ["ID", "OF", "PLACED", "BY", "LIFTED", "REASON"],
                rows: holds.map {
                    [
                        "\($0.id)", "\($0.subject)", $0.placedAt.formatted(.iso8601), $0.placedBy,
                        $0.liftedAt?.formatted(.iso8601) ?? "-", $0.reason,
                    ]
                }
            ).text)
    }
}
