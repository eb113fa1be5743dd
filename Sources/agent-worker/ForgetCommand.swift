import ArgumentParser
import Jobs

struct ForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Remove everything of a user: jobs, records, memories, schedules, agents.",
        discussion: """
            In short steps; stopped half-way, run it again. Unfinished jobs are cancelled first. Sums stay: runs per agent, tokens and money per \
            agent, day and model, without the user. A legal hold of the user refuses; what holds of agents and jobs name is left and said. \
            See to it first that nothing enqueues for the user any more. Exit 1 when something is left, 2 when nothing was removed.
            """)

    /// At most so many walks through the jobs: each but the last found some.
    private static let walks = 5

    @Option(help: "The user.")
    var user: String

    @Flag(help: "Really: without it only what would be gone through is shown.")
    var yes = false

    func run() async throws {
        let remainder = try await Exit.onRefusal { queue in
            let targets = try await queue.forgetTargets()
            guard yes else {
                throw Exit.nothingToDo(
                    "this removes everything of the user from \(targets.joined(separator: ", ")); "
                        + "repeat with --yes")
            }
            for target in targets {
                var removed = 0
                // A job that moved behind the walk (it was claimed, it ended) is met by the next one.
                for _ in 0..<(target == "jobs" ? Self.walks : 1) {
                    let found = try await remove(target, queue)
                    removed += found
                    if found == 0 { break }
                }
                if removed > 0 { print("\(target)\t\(removed)") }
            }
            return try await queue.forgetRemainder(user: user)
        }
        if remainder.held > 0 {
            Exit.say("\(remainder.held) jobs and their records are kept by legal holds")
        }
        if remainder.running > 0 {
            Exit.say(
                "\(remainder.running) jobs are left that run or moved meanwhile: run it again in a minute"
            )
        }
        if remainder.held + remainder.running > 0 { throw ExitCode(1) }
    }

    private func remove(_ target: String, _ queue: JobQueue) async throws -> Int {
        var removed = 0
        var block: Int64? = 0
        while let from = block {
            let step = try await queue.forget(user: user, in: target, from: from)
            removed += step.removed
            block = step.next
        }
        return removed
    }
}
