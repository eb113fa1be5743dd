import ArgumentParser
import Jobs

/// What a pause is of.
struct PausedPart: ParsableArguments {
    static let scopes = ["queue", "kind", "user", "agent"]

    @Argument(help: "queue, kind, user or agent.", completion: .list(scopes))
    var scope: String

    @Argument(help: ArgumentHelp("Its name or id.", valueName: "key"))
    var key: String

    func validate() throws {
        if !Self.scopes.contains(scope) {
            throw ValidationError(
                "\(scope): must be one of \(Self.scopes.joined(separator: ", "))")
        }
        if key.isEmpty { throw ValidationError("the \(scope)'s name must not be empty") }
    }

    /// Agents are named by a UUID, which Postgres writes in lower case.
    var storedKey: String { scope == "agent" ? key.lowercased() : key }
}

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Claim no more jobs of a queue, kind, user or agent; those that run go on.")

    @OptionGroup var part: PausedPart

    @Option(help: ArgumentHelp("Shown by `why`.", valueName: "text"))
    var reason: String?

    func run() async throws {
        let (part, reason) = (part, reason)
        let answer = try await Database.withQueue {
            try await $0.pause(part.scope, part.storedKey, reason: reason)
        }
        Terminal.output(answer)
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "End a pause and wake what it held.",
        discussion: "Exits 2 when there is no such pause.")

    @OptionGroup var part: PausedPart

    func run() async throws {
        let part = part
        let answer = try await Database.withQueue {
            try await $0.resume(part.scope, part.storedKey)
        }
        guard answer == "resumed" else {
            throw Failure("\(part.scope) \(part.key): \(answer)")
        }
        Terminal.output(answer)
    }
}
