import ArgumentParser

struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "Cron schedules whose ticks become jobs.",
        discussion: """
            Five fields (minute, hour, day of month, month, day of week) with *, a, a-b, lists, /step and names, or @hourly, @daily, @weekly, \
            @monthly, @yearly. When both day fields are given, a day is due that either names.
            When clocks change: an expression whose hours are all 24 runs by elapsed time. Any other names times of the day, each once: one that \
            the clocks skip ticks at the first moment after the gap, one that comes twice ticks the first time.
            """,
        subcommands: [
            ScheduleAddCommand.self, ScheduleListCommand.self, SchedulePreviewCommand.self,
            SchedulePauseCommand.self, ScheduleResumeCommand.self, ScheduleRemoveCommand.self,
        ])
}
