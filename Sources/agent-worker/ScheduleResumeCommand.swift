import ArgumentParser
import Jobs

struct ScheduleResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract:
            "Let a paused schedule go on from now; what it would have ticked meanwhile is not made up for."
    )

    @Argument(help: "The schedule's name.")
    var name: String

    func run() async throws {
        guard try await Exit.onRefusal({ try await $0.pauseSchedule(name, false) }) else {
            throw Exit.nothingToDo("there is no schedule \"\(name)\"")
        }
        print("resumed")
    }
}
