import ArgumentParser

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the scenarios.")

    func run() {
        for scenario in ScenarioCatalog.all {
            print("\(scenario.number)\t\(scenario.name)\t\(scenario.title)")
        }
    }
}
