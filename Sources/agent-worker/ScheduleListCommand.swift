import ArgumentParser
import FoundationEssentials
import JSON
import Jobs

struct ScheduleListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List schedules with their next ticks, by the schedule's clocks and by UTC.")

    @Option(help: ArgumentHelp("So many next ticks of each, 1 to 100.", valueName: "n"))
    var ticks = 1

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(1...100).contains(ticks) {
            throw ValidationError("--ticks \(ticks): must be 1 to 100")
        }
    }

    func run() async throws {
        let schedules = try await Exit.onRefusal { try await $0.schedules(ticks: ticks) }
        if json {
            print(JSONValue.array(schedules.map(\.json)).serialized)
            return
        }
        print(
            Columns(
                header: [
                    "NAME", "CRON", "ZONE", "KIND", "STATE", "NEXT", "NEXT UTC", "LAST UTC",
                    "FAULT",
                ],
                rows: schedules.flatMap(Self.lines)
            ).text)
    }

    /// A line per tick; what does not change stands on the first.
    private static func lines(_ schedule: Schedule) -> [[String]] {
        let first = [
            schedule.name, schedule.cron, schedule.timeZone, schedule.kind, schedule.state,
        ]
        let last = [
            schedule.lastTick?.formatted(.iso8601) ?? "-", schedule.fault ?? "-",
        ]
        guard !schedule.next.isEmpty else { return [first + ["-", "-"] + last] }
        return schedule.next.enumerated().map { place, tick in
            (place == 0 ? first : first.map { _ in "" })
                + [tick.local, tick.utc.formatted(.iso8601)] + (place == 0 ? last : ["", ""])
        }
    }
}
