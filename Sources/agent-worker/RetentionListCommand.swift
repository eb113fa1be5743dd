import ArgumentParser
import FoundationEssentials
import Jobs

struct RetentionListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the policies.")

    func run() async throws {
        let policies = try await Exit.onRefusal { try await $0.retentionPolicies() }
        print(
            Columns(
                header: ["SUBJECT", "KEEP", "PRUNED OF ITS TABLE", "NEXT SWEEP"],
                rows: policies.map {
                    [
                        $0.subject, $0.keep ?? "forever", "\($0.pruned)",
                        $0.nextSweep?.formatted(.iso8601) ?? "due",
                    ]
                }
            ).text)
    }
}
