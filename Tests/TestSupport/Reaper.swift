import Foundation

/// Runs a shell command once the test process has ended, however it ended: the command's shell
/// waits for the end of a pipe whose other end only we hold.
public enum Reaper {
    public static func atExit(_ command: String, _ arguments: [String]) throws {
        let lifeline = Pipe.make()
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer {
            close(lifeline.reader)
            close(null)
        }
        _ = try Spawn.run(
            "/bin/sh", ["-c", "read -r _; " + command, "reaper"] + arguments,
            ProcessInfo.processInfo.environment, descriptors: [lifeline.reader, null, null],
            newSession: true)
    }
}
