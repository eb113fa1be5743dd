import EventLoop
import Glibc
import Synchronization

/// A child process in a process group of its own, so that what it starts ends with it.
///
/// Its standard input and output are socket pairs rather than pipes: those can be made closed to
/// other children in one step, which pipes can not without a GNU extension that the Glibc module
/// lacks. Its standard error goes nowhere: it may hold secrets and content, and nobody would bound
/// it.
final class ChildProcess: Sendable {
    private struct State {
        var isReaped = false
    }

    /// What we write to and read from, not blocking; whoever has the process closes them.
    let input: Int32
    let output: Int32
    /// Fulfilled once the process and its group are gone.
    let exit = Promise<Void>()

    private let pid: pid_t
    private let state = Mutex(State())

    private init(pid: pid_t, input: Int32, output: Int32) {
        self.pid = pid
        self.input = input
        self.output = output
    }

    /// Starts `command` with exactly this environment; the first word is looked up in the `PATH` of
    /// this process. The thread that starts it then waits for its end.
    static func start(
        _ command: [String], environment: [String]
    ) async throws(MCPFault) -> ChildProcess {
        let started: Result<ChildProcess, MCPFault> = await withCheckedContinuation {
            continuation in
            let hasThread = ThrowawayThread.run(named: "mcp-child") {
                do throws(MCPFault) {
                    let child = try spawn(command, environment: environment)
                    continuation.resume(returning: .success(child))
                    child.reap()
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if !hasThread {
                continuation.resume(
                    returning: .failure(MCPFault(.unavailable("there is no thread to start it"))))
            }
        }
        return try started.get()
    }

    /// Sends a signal to the whole group, unless it is gone.
    func signal(_ number: Int32) {
        state.withLock { state in
            if !state.isReaped { _ = kill(-pid, number) }
        }
    }

    /// Waits for the end. The group is killed before the process is reaped: until then nobody else
    /// can have its number.
    private func reap() {
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        state.withLock { state in
            _ = kill(-pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1, errno == EINTR {}
            state.isReaped = true
        }
        exit.fulfil(.success(()))
    }

    private static func spawn(
        _ command: [String], environment: [String]
    ) throws(MCPFault) -> ChildProcess {
        guard let input = socketPair() else { throw noDescriptors }
        guard let output = socketPair() else {
            for end in [input.ours, input.theirs] { close(end) }
            throw noDescriptors
        }
        var pid: pid_t = 0
        let failure = spawn(
            &pid, command, environment, input: input.theirs, output: output.theirs)
        for end in [input.theirs, output.theirs] { close(end) }
        guard failure == 0 else {
            for end in [input.ours, output.ours] { close(end) }
            throw MCPFault(
                .unavailable("it cannot be started: \(String(cString: strerror(failure)))"))
        }
        return ChildProcess(pid: pid, input: input.ours, output: output.ours)
    }

    private static var noDescriptors: MCPFault {
        MCPFault(.unavailable("there are no descriptors to start it"))
    }

    private static func spawn(
        _ pid: inout pid_t, _ command: [String], _ environment: [String], input: Int32,
        output: Int32
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This thread blocks every signal and the worker ignores some: a child begins with neither.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for copy in arguments + variables { free(copy) } }
        return posix_spawnp(&pid, command[0], &actions, &attributes, arguments, variables)
    }

    /// Both ends are closed in every child; ours does not block.
    private static func socketPair() -> (ours: Int32, theirs: Int32)? {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
        _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
        return (ends[0], ends[1])
    }
}
