import ArgumentParser
import Jobs

struct RetentionSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Keep a subject for so long after its end, or for ever.")

    @Argument(help: "One of those that `retention list` shows.")
    var subject: String

    @Argument(help: "A time of 1d or more, such as 90d, or forever.")
    var keep: String

    func validate() throws {
        guard keep != "forever" else { return }
        guard let time = DurationText.parse(keep), time >= .seconds(86400) else {
            throw ValidationError("\(keep): write a time of 1d or more, such as 90d, or forever")
        }
    }

    func run() async throws {
        let isKnown = try await Exit.onRefusal {
            try await $0.keep(subject, for: keep == "forever" ? nil : DurationText.parse(keep))
        }
        guard isKnown else {
            throw Exit.nothingToDo("\"\(subject)\" is none of those that `retention list` shows")
        }
        print("\(subject)\t\(keep)")
    }
}
