import ArgumentParser
import FoundationEssentials
import JSON
import Jobs

struct BulkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bulk",
        abstract: "Enqueue many jobs from a file of JSON lines through COPY: all, or none.",
        discussion: """
            A line is an object: {"kind", "payload", "user_id"?, "agent_id"?, "queue"?, "priority"?, "run_at"?, "max_attempts"?, \
            "timeout_s"?, "unique_key"?, "execution_type"?, "trace_context"?}. A bad line, or a unique_key that is taken, refuses the whole file \
            and is named.
            """)

    @Argument(help: ArgumentHelp("The file, or - for standard input.", valueName: "file"))
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let lines = try LineReader(path: file)
        let progress = ProgressBar(total: lines.size)
        do {
            // One COPY lasts as long as its input does.
            let count = try await Database.withConnection(limit: nil) { connection in
                let queue = JobQueue(connection)
                let chunks = JobLines(lines: lines, now: try await queue.now(), progress: progress)
                return try await queue.enqueue(copying: chunks)
            }
            progress.finish()
            Terminal.output(
                json ? JSONValue.object(["enqueued": JSONValue(count)]).serialized : "\(count)")
        } catch {
            progress.finish()
            throw error
        }
    }
}
