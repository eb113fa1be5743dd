import ArgumentParser
import JSON
import Jobs

struct BrakesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "brakes", abstract: "Show every pause, limit and weight.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let brakes = try await Database.withQueue { try await $0.brakes() }
        guard !json else { return Terminal.output(JSONValue.array(brakes).serialized) }
        let columns = ["brake", "scope", "key", "running", "value", "detail"]
        Terminal.output(
            Table(
                header: columns.map { $0.uppercased() },
                rows: brakes.map { brake in columns.map { Self.text(brake[$0]) } }
            ).text)
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value, value != .null else { return "" }
        return value.stringValue ?? value.serialized
    }
}
