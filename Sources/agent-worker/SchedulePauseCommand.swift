import ArgumentParser
import Jobs

struct SchedulePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let a schedule tick no more until it is resumed.")

    @Argument(help: "The schedule's name.")
    var name: String

    func run() async throws {
        guard try await Exit.onRefusal({ try await $0.pauseSchedule(name, true) }) else {
            throw Exit.nothingToDo("there is no schedule \"\(name)\"")
        }
        print("paused")
    }
}
