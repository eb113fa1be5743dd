import TestSupport
import Testing

@Suite("show-schedule-day", .timeLimit(.minutes(3)))
struct ScheduleDayTests {
    @Test("plays a day on which clocks change with three tickers: every tick once")
    func plays() async throws {
        let show = try TestProcess(
            PackageRoot.path("deploy/show-schedule-day"),
            ["Europe/Berlin", "2026-10-25", "*/30 * * * *"])
        #expect(try await show.waitForExit(timeout: .seconds(150)) == .code(0), "\(show.stderr)")
        let lines = show.stdout.split(separator: "\n")
        #expect(lines.count == 52)
        #expect(lines.last?.hasPrefix("50 ticks, 50 jobs") == true)
        #expect(lines.last?.hasSuffix("every tick once") == true)
        #expect(show.stdout.contains("2026-10-25 02:30 +02:00  2026-10-25 00:30 UTC"))
        #expect(show.stdout.contains("2026-10-25 02:30 +01:00  2026-10-25 01:30 UTC"))
    }
}
