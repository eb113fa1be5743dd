import ArgumentParser
import FoundationEssentials
import Jobs

/// A point in time as people write it on the command line, in the form the database reads.
struct Moment: ExpressibleByArgument, Sendable {
    /// RFC 3339, or a day, which begins at midnight UTC.
    let text: String

    init?(argument: String) {
        if argument.wholeMatch(of: #/\d{4}-\d{2}-\d{2}/#) != nil {
            guard (try? Date(argument + "T00:00:00Z", strategy: .iso8601)) != nil else {
                return nil
            }
            text = argument + "T00:00:00Z"
        } else if (try? Date(argument, strategy: .iso8601)) != nil {
            text = argument
        } else {
            return nil
        }
    }

    private init(text: String) {
        self.text = text
    }

    /// A day, a time, or how long ago: `30d`, `12h`.
    static func since(_ argument: String) throws -> Moment {
        if let moment = Moment(argument: argument) { return moment }
        guard argument.contains(where: \.isLetter), let age = DurationText.parse(argument) else {
            throw ValidationError(
                "--since \(argument): write an age as 30d or 12h, or a day as 2026-01-31")
        }
        return Moment(text: Date(timeIntervalSinceNow: -age.inSeconds).formatted(.iso8601))
    }
}
