import JSON

/// When an autonomous task may run: exactly one of `minutes` and `cron`, and never twice within
/// five minutes.
enum ScheduleRule {
    static let shortestInterval = 5

    /// What is wrong with a task's schedule. Values of a wrong type are the schema's to report.
    static func faults(of task: JSONValue) -> [String] {
        let minutes = task["minutes"]?.unlessNull
        let cron = task["cron"]?.unlessNull
        switch (minutes, cron) {
        case (nil, nil): return ["either minutes or cron must have a value"]
        case (.some, .some): return ["only one of minutes or cron can be set"]
        case (let minutes?, nil): return faults(ofMinutes: minutes)
        case (nil, let cron?): return faults(ofCron: cron)
        }
    }

    private static func faults(ofMinutes value: JSONValue) -> [String] {
        guard let minutes = value.doubleValue else { return [] }
        return minutes < Double(shortestInterval) ? [tooOften] : []
    }

    private static func faults(ofCron value: JSONValue) -> [String] {
        guard let text = value.stringValue else { return [] }
        do {
            let cron = try CronExpression(text)
            guard let gap = cron.shortestGap else { return ["cron never comes due"] }
            return gap < shortestInterval ? [tooOften] : []
        } catch {
            return ["cron: \(error)"]
        }
    }

    private static let tooOften =
        "The shortest execution interval is \(shortestInterval) minutes"
}
