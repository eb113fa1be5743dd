import ArgumentParser
import Glibc

/// ArgumentParser's exit code for usage is 64; ours is 2, as with most Unix tools.
@main
enum Main {
    static func main() async {
        do {
            var command = try AgentWorker.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = AgentWorker.exitCode(for: error)
            if code == .validationFailure {
                Exit.say(AgentWorker.fullMessage(for: error))
                exit(2)
            }
            AgentWorker.exit(withError: error)
        }
    }
}
