import ArgumentParser
import Limits

struct LimitListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract:
            "Show all limits per minute: provider, model, requests, tokens, learned requests and tokens."
    )

    func run() async throws {
        let limits = try await Database.withConnection { try await ProviderDesk($0).limits() }
        for limit in limits {
            let figures = [
                limit.requests, limit.tokens, limit.learnedRequests, limit.learnedTokens,
            ].map { $0.map { "\(Int($0.rounded()))" } ?? "-" }
            print(([limit.name.provider, limit.name.model] + figures).joined(separator: "\t"))
        }
    }
}
