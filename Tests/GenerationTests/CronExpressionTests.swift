import Testing

@testable import Generation

@Suite("A cron expression")
struct CronExpressionTests {
    @Test(
        "its shortest gap is counted over hours and midnight",
        arguments: [
            ("*/15 * * * *", 15), ("* * * * *", 1), ("*/5 * * * *", 5), ("*/4 * * * *", 4),
            ("0 * * * *", 60), ("0 9 * * *", 1440), ("0,30 * * * *", 30),
            ("10-12 9 * * *", 1), ("10-12/2 9 * * *", 2), ("5,58 * * * *", 7),
            ("2,58 * * * *", 4), ("58 9 * * *", 1440), ("2,58 9 * * *", 56),
            ("2,58 9-10 * * *", 4), ("58 23 * * *", 1440), ("2,58 0,23 * * *", 4),
            // Monday only: after 23:58 comes a day off.
            ("2,58 0,23 * * 1", 56), ("2,58 0,23 * * 1,3", 56), ("2,58 0,23 * * mon-tue", 4),
            ("2,58 0,23 1 * *", 56), ("2,58 0,23 1,31 * *", 4), ("2,58 0,23 1,15 * *", 56),
            // Either day field: the 1st is sometimes next to a Monday.
            ("2,58 0,23 1 * 1", 4), ("2,58 0,23 29 2 *", 56),
            ("0 12 ? * MON-FRI", 1440), ("5/20 * * * *", 20), ("0 0 1 jan *", 2880),
            ("0 0 * * 7", 2880), ("0 0 * * 5-7", 1440), ("0 0 * * FRI-SUN", 1440),
            ("  */10   8-17 * *  1-5 ", 10), ("*/7 * * * *", 4), ("*/25 * * * *", 10),
        ])
    func shortestGap(text: String, minutes: Int) throws {
        #expect(try CronExpression(text).shortestGap == minutes)
    }

    @Test("one that names no day of the calendar never comes due")
    func never() throws {
        #expect(try CronExpression("0 0 30 2 *").shortestGap == nil)
        #expect(try CronExpression("0 0 31 4,6,9,11 *").shortestGap == nil)
    }

    @Test(
        "a text that is none names the field",
        arguments: [
            ("* * * *", CronError.fieldCount(4)), ("", .fieldCount(0)),
            ("* * * * * *", .fieldCount(6)), ("60 * * * *", .field(.minute)),
            ("*/0 * * * *", .field(.minute)), ("-1 * * * *", .field(.minute)),
            ("5-1 * * * *", .field(.minute)), ("1,,2 * * * *", .field(.minute)),
            ("* 24 * * *", .field(.hour)), ("* ? * * *", .field(.hour)),
            ("* * 0 * *", .field(.day)), ("* * * 13 *", .field(.month)),
            ("* * * foo *", .field(.month)), ("* * * * 8", .field(.weekday)),
            ("*/x * * * *", .field(.minute)), ("1-2-3 * * * *", .field(.minute)),
            ("99999999999999999999 * * * *", .field(.minute)),
        ])
    func invalid(text: String, error: CronError) {
        #expect(throws: error) { try CronExpression(text) }
    }
}
