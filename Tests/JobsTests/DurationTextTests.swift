import Jobs
import Testing

@Suite("duration text")
struct DurationTextTests {
    @Test(
        "a duration is read in every unit",
        arguments: zip(
            ["0", "45", "500ms", "30s", "1.5m", "2h", "1d", "+5s", "0.25s", "0ms"],
            [0, 45_000, 500, 30_000, 90_000, 7_200_000, 86_400_000, 5000, 250, 0]))
    func parses(text: String, milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
    }

    @Test(
        "what is not a duration is refused",
        arguments: [
            "", "s", "ms", "-1s", "5 s", " 5s", "5s ", "abc", "1w", "0x10", "1e3", "inf", "nan",
            "5m30s", "1,5s", "40000d", "99999999999999999999s", "٣s",
        ])
    func refuses(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(
        "a duration is written in the largest unit that is exact",
        arguments: zip(
            [0, 1, 500, 1000, 1500, 60_000, 90_000, 7_200_000, 86_400_000, 86_460_000],
            ["0s", "1ms", "500ms", "1s", "1500ms", "1m", "90s", "2h", "1d", "1441m"]))
    func formats(milliseconds: Int, text: String) {
        #expect(DurationText.format(.milliseconds(milliseconds)) == text)
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
    }
}
