import ArgumentParser
import Jobs

struct LegalHoldLiftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lift", abstract: "Lift a hold; its row stays as a record.")

    @Argument(help: "The hold's id.")
    var id: Int64

    func run() async throws {
        guard try await Exit.onRefusal({ try await $0.liftHold(id) }) else {
            throw Exit.nothingToDo("there is no hold \(id) that is not lifted")
        }
        print("lifted")
    }
}
