import ArgumentParser
import Glibc
import Worker

/// Exit codes after sysexits(3), each with its message on standard error.
enum Exit {
    static func badSettings(_ error: SettingsError) -> ExitCode {
        configuration(error.faults.joined(separator: "\n"))
    }

    static func configuration(_ message: String) -> ExitCode {
        say(message)
        return ExitCode(78)
    }

    static func unreachable(_ message: String) -> ExitCode {
        say(message)
        return ExitCode(69)
    }

    /// What was asked for is not there.
    static func nothingToDo(_ message: String) -> ExitCode {
        say(message)
        return ExitCode(2)
    }

    /// Runs what reads settings; bad ones end the process with all their faults.
    static func onBadSettings<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as SettingsError {
            throw badSettings(error)
        }
    }

    static func say(_ message: String) {
        for line in message.split(separator: "\n") {
            let bytes = Array("agent-worker: \(line)\n".utf8)
            _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        }
    }
}
