import ArgumentParser
import Limits

struct ProviderListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract:
            "Show what is closed: provider, model, kind, seconds to the next probe, refused probes, held jobs, reason.",
        discussion: "Prints nothing when everything is open.")

    func run() async throws {
        let closed = try await Database.withConnection { try await ProviderDesk($0).closed() }
        for closed in closed {
            let seconds = max(0, Int(closed.left / .seconds(1)))
            print(
                [
                    closed.name.provider, closed.name.model, closed.kind, "\(seconds)",
                    "\(closed.strikes)", "\(closed.held)", closed.line,
                ].joined(separator: "\t"))
        }
    }
}
