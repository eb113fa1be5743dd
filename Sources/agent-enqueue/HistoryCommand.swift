import ArgumentParser
import FoundationEssentials
import JSON
import RunLog

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show a user's agent generations, newest first.")

    @Option(help: "The user.")
    var user: String

    @Option(help: "At most so many, 1 to 1000.")
    var limit = 50

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(1...1000).contains(limit) {
            throw ValidationError("--limit \(limit): must be 1 to 1000")
        }
    }

    func run() async throws {
        let entries = try await Database.withConnection {
            try await GenerationLog($0).get(user: user, limit: limit)
        }
        if json {
            Terminal.output(JSONValue.array(entries.map(\.json)).serialized)
            return
        }
        Terminal.output(
            Table(
                header: ["CREATED", "SUCCESS", "TOKENS", "MS", "RETRIES", "MODEL", "PROMPT"],
                rows: entries.map {
                    [
                        $0.createdAt.formatted(.iso8601),
                        $0.completedAt == nil ? "open" : "\($0.success)", "\($0.totalTokens)",
                        $0.generationTimeMs.map { "\($0)" } ?? "-", "\($0.retryCount)",
                        $0.model ?? "-", Self.firstLine($0.prompt),
                    ]
                }
            ).text)
    }

    private static func firstLine(_ prompt: String) -> String {
        let line = prompt.split(whereSeparator: \.isNewline).first.map { String($0) } ?? ""
        return line.count > 60 ? line.prefix(59) + "…" : line
    }
}
