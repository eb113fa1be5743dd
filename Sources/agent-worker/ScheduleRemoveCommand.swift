import ArgumentParser
import Jobs

struct ScheduleRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a schedule; the jobs of its ticks stay.")

    @Argument(help: "The schedule's name.")
    var name: String

    func run() async throws {
        guard try await Exit.onRefusal({ try await $0.removeSchedule(name) }) else {
            throw Exit.nothingToDo(
                name.hasPrefix("agent:")
                    ? "\"\(name)\" follows its agent: clear agents.schedule_enabled, or pause it"
                    : "there is no schedule \"\(name)\"")
        }
        print("removed")
    }
}
