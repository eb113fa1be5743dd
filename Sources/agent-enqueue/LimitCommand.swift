import ArgumentParser
import Jobs

struct LimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Limit how many jobs of a queue, kind, user, agent or payload value run at once.",
        discussion: """
            The limit holds for all workers together, from the next claim on. KEY is a name or id, or * for each: of two limits, the one that \
            names the value goes before *.

              agent-enqueue limit kind report 2
              agent-enqueue limit user '*' 5
              agent-enqueue limit payload '*' 1 --path customer.id
              agent-enqueue limit user '*' none
            """)

    static let scopes = ["queue", "kind", "user", "agent", "payload"]

    @Argument(help: "queue, kind, user, agent or payload.", completion: .list(scopes))
    var scope: String

    @Argument(help: ArgumentHelp("A name, id or payload value; * for each.", valueName: "key"))
    var key: String

    @Argument(
        help: ArgumentHelp("At most so many, from 1; none removes the limit.", valueName: "n"))
    var most: String

    @Option(help: ArgumentHelp("Of payload: where the value stands, dotted.", valueName: "path"))
    var path: String?

    func validate() throws {
        if !Self.scopes.contains(scope) {
            throw ValidationError(
                "\(scope): must be one of \(Self.scopes.joined(separator: ", "))")
        }
        if (scope == "payload") != (path != nil) {
            throw ValidationError("--path belongs to payload, and payload needs it")
        }
        if most != "none", Int(most).map({ (1...1_000_000).contains($0) }) != true {
            throw ValidationError("\(most): must be 1 to 1000000, or none")
        }
    }

    func run() async throws {
        let (scope, path, most) = (scope, path, Int(most))
        let key = scope == "agent" ? key.lowercased() : key
        let answer = try await Database.withQueue {
            try await $0.limit(scope, path: path, key: key, to: most)
        }
        guard answer != "no such limit" else { throw Failure("\(scope) \(key): \(answer)") }
        Terminal.output(answer)
    }
}

struct WeightCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weight",
        abstract: "Set a user's share of the slots beside other users of a queue and priority.",
        discussion: "Everybody's weight is 1 unless it is set; workers learn of it within seconds.")

    @Argument(help: "The user.")
    var user: String

    @Argument(help: "0.01 to 100.")
    var weight: Double

    func validate() throws {
        if !(0.01...100).contains(weight) {
            throw ValidationError("\(weight): must be 0.01 to 100")
        }
    }

    func run() async throws {
        let (user, weight) = (user, weight)
        Terminal.output(try await Database.withQueue { try await $0.weigh(user: user, weight) })
    }
}
