import ArgumentParser
import Glibc

/// ArgumentParser's exit code for usage is 64; ours is 2, as with most Unix tools.
@main
enum Main {
    static func main() async {
        do {
            var command = try AgentEnqueue.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let failure = Failure.of(error)
            if let failure {
                Terminal.error("agent-enqueue: \(failure.message)")
                exit(failure.exitCode)
            }
            let code = AgentEnqueue.exitCode(for: error)
            let message = AgentEnqueue.fullMessage(for: error)
            if code.isSuccess {
                Terminal.output(message)
            } else if !message.isEmpty {
                Terminal.error(message)
            }
            exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}
