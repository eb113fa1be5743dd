import FoundationEssentials
import Jobs

/// Ticks by the schedule's clocks and by UTC, a line each.
struct TickTable {
    let ticks: [Schedule.Tick]

    init(_ ticks: [Schedule.Tick]) {
        self.ticks = ticks
    }

    var text: String {
        Columns(
            header: ["LOCAL", "UTC"],
            rows: ticks.map { [$0.local, $0.utc.formatted(.iso8601)] }
        ).text
    }
}
