import Glibc
import Synchronization

/// The real `model-stub`, started for a test and ended with it.
final class StubProcess {
    /// What went wrong with the process.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Where the server listens; 0 when it never said so.
    let port: Int
    /// The first line it printed, without its end.
    let firstLine: String
    private let pid: pid_t
    private let output: FileDescriptorReader
    private var status: Int32?

    /// Starts the stub with these options and waits for its first line.
    convenience init(_ options: String...) throws {
        try self.init(options: options)
    }

    /// As above, with options in an array.
    init(options: [String]) throws {
        (pid, output) = try Self.spawn([Self.binary, "--die-with-parent"] + options)
        firstLine = output.line()
        port = firstLine.split(separator: ":").last.flatMap { Int($0) } ?? 0
        if port == 0 { throw Failure(description: "no address in \"\(firstLine)\"") }
    }

    deinit {
        if status == nil {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
    }

    /// Sends the signal and returns the exit status; -1 when the signal killed it.
    func stop(_ signal: Int32) -> Int {
        kill(pid, signal)
        return Int(wait())
    }

    private func wait() -> Int32 {
        var raw: Int32 = 0
        waitpid(pid, &raw, 0)
        status = raw
        return raw & 0x7f == 0 ? raw >> 8 & 0xff : -1
    }

    /// Runs the stub to its end; its standard output and its exit status.
    static func run(_ options: [String]) throws -> (output: String, status: Int) {
        let quietly = ["sh", "-c", "exec \"$0\" \"$@\" 2>/dev/null", binary]
        let (pid, output) = try spawn(quietly + options)
        let text = output.all()
        var raw: Int32 = 0
        waitpid(pid, &raw, 0)
        return (text, raw & 0x7f == 0 ? Int(raw >> 8 & 0xff) : -1)
    }

    /// Starts a program with its standard output in a pipe; finds it along PATH.
    static func spawn(_ arguments: [String]) throws -> (pid_t, FileDescriptorReader) {
        try spawning.withLock { _ in try spawnAlone(arguments) }
    }

    /// One at a time, so that no process inherits the pipe of another before it is marked.
    private static let spawning = Mutex(())

    private static func spawnAlone(
        _ arguments: [String]
    ) throws -> (pid_t, FileDescriptorReader) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(description: "pipe: error \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, arguments[0], &actions, nil, &pointers, environ)
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw Failure(description: "cannot start \(arguments[0]): error \(code)")
        }
        return (pid, FileDescriptorReader(ends[0]))
    }

    /// The built program lies beside the test bundle.
    static var binary: String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer[..<max(0, length)].map(UInt8.init), as: UTF8.self)
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/") + "/model-stub"
    }
}
