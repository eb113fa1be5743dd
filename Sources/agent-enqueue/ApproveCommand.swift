import ArgumentParser
import JSON
import Jobs

struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Answer what a job waits for, so that it goes on.",
        discussion: """
            Prints `resumed`; `answered` when the job still runs and goes on by itself; `recorded, 1 of 3` when others must answer too.
            Exits 2 when the job waits for nothing, or the answer is refused.
            """)

    @Argument(help: ArgumentHelp("The job.", valueName: "id"))
    var id: Int64

    @Option(help: "approve or reject.")
    var decision: Approval.Decision

    @Option(help: ArgumentHelp("Who decided.", valueName: "name"))
    var approver: String

    @Option(help: "A remark, kept with the answer.")
    var comment: String?

    @Option(
        help: ArgumentHelp(
            "Which event is meant, when the job waits for several (`agent-enqueue why` names them).",
            valueName: "key"))
    var event: String?

    @Option(
        help: ArgumentHelp("What the event asks for beyond a decision.", valueName: "json"))
    var content: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let approval = Approval(
            jobID: id, decision: decision, approver: approver, comment: comment, event: event,
            content: try parsedContent())
        let answer = try await Database.withQueue { queue in
            _ = try await Waiting.known(id, on: queue)
            return try await queue.approve(approval)
        }
        guard Self.isTaken(answer) else { throw Failure("job \(id): \(answer)") }
        Terminal.output(
            json
                ? JSONValue.object(["id": JSONValue(Int(id)), "answer": .string(answer)]).serialized
                : answer)
    }

    private func parsedContent() throws -> JSONValue? {
        guard let content else { return nil }
        do {
            return try JSONValue(parsing: content)
        } catch {
            throw Failure("--content is not JSON: \(error.description)")
        }
    }

    /// Whether the answer of `approve_job` means that the approval counts.
    private static func isTaken(_ answer: String) -> Bool {
        answer == "resumed" || answer == "answered" || answer.hasPrefix("recorded")
    }
}

extension Approval.Decision: ExpressibleByArgument {}
