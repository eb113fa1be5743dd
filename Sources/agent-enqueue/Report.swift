import ArgumentParser
import FoundationEssentials
import JSON
import Jobs

/// How jobs are shown.
enum Report {
    static func show(_ jobs: [JobStatus], asJSON: Bool) {
        if asJSON {
            Terminal.output(JSONValue.array(jobs.map(\.json)).serialized)
            return
        }
        Terminal.output(
            Table(
                header: ["ID", "KIND", "STATE", "ATTEMPT", "TOKENS", "CREATED", "REASON"],
                rows: jobs.map {
                    [
                        "\($0.id)", $0.kind, $0.state, "\($0.attempt)/\($0.maxAttempts)",
                        "\($0.totalTokens)", $0.createdAt.formatted(.iso8601), $0.reason,
                    ]
                }
            ).text)
    }

    /// Shows finished jobs; throws exit code 1 when one did not complete.
    static func end(of jobs: [JobStatus], asJSON: Bool) throws {
        if asJSON, jobs.count == 1 {
            Terminal.output(jobs[0].json.serialized)
        } else {
            show(jobs, asJSON: asJSON)
        }
        if jobs.contains(where: { $0.state != "completed" }) { throw ExitCode(1) }
    }
}
