import FoundationEssentials
import Glibc

/// A program that is measured: its output goes to files, its CPU comes with its end.
final class ChildProcess: Sendable {
    /// How it ended and what it used, its own reaped children included.
    struct End: Sendable {
        /// The exit code, or minus the signal.
        var code: Int32
        var cpuSeconds: Double
        /// From its start to the moment its end was seen.
        var seconds: Double
    }

    let pid: Int32
    let name: String
    /// What it wrote to standard output and standard error.
    let outputPath: String
    let errorPath: String
    let started: ContinuousClock.Instant

    /// Starts `program` (a path) with the bench's environment changed by `environment`; nil removes
    /// a variable.
    init(
        _ program: String, _ arguments: [String], environment: [String: String?] = [:],
        files: ScratchFiles
    ) throws(BenchError) {
        name = program.split(separator: "/").last.map { String($0) } ?? program
        outputPath = files.path(name + ".out")
        errorPath = files.path(name + ".err")
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let fresh = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, fresh, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, fresh, 0o644)
        // The threads of Swift's runtime block every signal, which a child would inherit: no alarm
        // would ever end pgbench.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let argv = ([program] + arguments).map { strdup($0) } + [nil]
        let envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for copy in argv + envp { free(copy) } }
        var pid: pid_t = 0
        started = .now
        let failure = posix_spawn(&pid, program, &actions, &attributes, argv, envp)
        guard failure == 0 else {
            throw BenchError("cannot start \(program): \(String(cString: strerror(failure)))")
        }
        self.pid = pid
    }

    /// Waits for its end without holding a thread; looks every few milliseconds.
    func end(within limit: Duration) async throws -> End {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let end = poll(blocking: false) { return end }
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                kill()
                throw error
            }
        }
        kill()
        throw BenchError("\(name) did not end within \(limit): \(errorTail)")
    }

    /// Waits on this thread: for programs that last milliseconds, which looking would blur.
    func endNow() -> End { poll(blocking: true) ?? End(code: -1, cpuSeconds: 0, seconds: 0) }

    func signal(_ number: Int32) { Glibc.kill(pid, number) }

    /// Ends it for good and reaps it.
    func kill() {
        Glibc.kill(pid, SIGKILL)
        _ = poll(blocking: true)
    }

    /// The most memory it has held so far, in kB.
    var peakKilobytes: Int? { ProcessFile.status("VmHWM", of: pid) }

    var output: String { ProcessFile.text(outputPath) ?? "" }

    /// The last lines of standard error, for messages.
    var errorTail: String {
        (ProcessFile.text(errorPath) ?? "").split(separator: "\n").suffix(5)
            .joined(separator: " | ")
    }

    private func poll(blocking: Bool) -> End? {
        var status: Int32 = 0
        var used = rusage()
        let reaped = wait4(pid, &status, blocking ? 0 : WNOHANG, &used)
        guard reaped == pid else { return nil }
        let seconds = started.duration(to: .now) / .seconds(1)
        let signal = status & 0x7f
        return End(
            code: signal == 0 ? (status >> 8) & 0xff : -signal,
            cpuSeconds: Self.seconds(used.ru_utime) + Self.seconds(used.ru_stime), seconds: seconds)
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}
