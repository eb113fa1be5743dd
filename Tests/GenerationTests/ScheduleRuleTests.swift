import JSON
import Testing

@testable import Generation

@Suite("The schedule rule")
struct ScheduleRuleTests {
    static let cases: [(task: JSONValue, faults: [String])] = [
        (["minutes": 5], []),
        (["minutes": 4], ["The shortest execution interval is 5 minutes"]),
        (["minutes": 4.5], ["The shortest execution interval is 5 minutes"]),
        (["minutes": 60, "cron": nil], []),
        (["cron": "*/15 * * * *"], []),
        (["cron": "0 9 * * 1-5"], []),
        (["cron": "* * * * *"], ["The shortest execution interval is 5 minutes"]),
        (["cron": "1,3 * * * *"], ["The shortest execution interval is 5 minutes"]),
        (["cron": "hello"], ["cron: five fields are needed, there are 1"]),
        (["cron": "x * * * *"], ["cron: the minute field is not valid"]),
        (["cron": "0 0 31 2 *"], ["cron never comes due"]),
        ([:], ["either minutes or cron must have a value"]),
        (["minutes": nil, "cron": nil], ["either minutes or cron must have a value"]),
        (["minutes": 5, "cron": "0 9 * * *"], ["only one of minutes or cron can be set"]),
        (["minutes": "5"], []),
        (["cron": 5], []),
    ]

    @Test("takes one schedule that is not too frequent", arguments: cases)
    func rule(task: JSONValue, faults: [String]) {
        #expect(ScheduleRule.faults(of: task) == faults)
    }
}
