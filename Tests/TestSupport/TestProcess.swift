import Foundation
import Synchronization

/// A child process whose output is collected line by line. It receives SIGKILL when the tests end.
public final class TestProcess: Sendable {
    /// One line of output.
    public struct Line: Sendable, Hashable {
        public enum Source: Sendable, Hashable { case stdout, stderr }
        public let source: Source
        public let text: String
    }

    /// How it ended.
    public enum Exit: Sendable, Hashable {
        case code(Int32)
        case signal(Int32)
    }

    private struct State {
        var lines: [Line] = []
        var openStreams = 2
        var exit: Exit?
    }

    /// Its process id.
    public let pid: pid_t
    private let name: String
    private let state = Mutex(State())

    /// Starts `executable` (a path) at once.
    ///
    /// `environment` is added to that of the tests; a nil value removes a variable. `input` is what
    /// the child finds on its standard input.
    public init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String?] = [:],
        input: String = ""
    ) throws {
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        let standardInput = Pipe.make()
        let outputs = [Pipe.make(), Pipe.make()]
        name = (executable as NSString).lastPathComponent
        pid = try Spawn.run(
            executable, arguments, variables,
            descriptors: [standardInput.reader, outputs[0].writer, outputs[1].writer])
        close(standardInput.reader)
        for output in outputs { close(output.writer) }
        Thread.detachNewThread { Pipe.write(input, to: standardInput.writer) }
        for (source, output) in zip([Line.Source.stdout, .stderr], outputs) {
            Thread.detachNewThread { [self] in
                Pipe.readLines(output.reader) { text in
                    state.withLock { $0.lines.append(Line(source: source, text: text)) }
                }
                state.withLock { $0.openStreams -= 1 }
            }
        }
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
            let signal = status & 0x7f
            let exit: Exit = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
            state.withLock { $0.exit = exit }
        }
    }

    /// Everything it has written so far.
    public var lines: [Line] { state.withLock { $0.lines } }
    /// What it has written to its standard output, whole lines.
    public var stdout: String { text(.stdout) }
    /// What it has written to its standard error, whole lines.
    public var stderr: String { text(.stderr) }
    /// Whether it has not ended yet.
    public var isRunning: Bool { state.withLock { $0.exit == nil } }

    /// Waits for a line of either stream that contains `part`.
    @discardableResult
    public func waitForLine(
        containing part: String, timeout: Duration = .seconds(20)
    ) async throws -> String {
        var found: String?
        do {
            try await eventually(within: timeout, "a line containing \"\(part)\" of \(name)") {
                found = lines.first { $0.text.contains(part) }?.text
                return found != nil || isOver
            }
        } catch let error as TimedOut {
            throw TimedOut(description: "\(error); its output:\n\(transcript)")
        }
        guard let found else {
            throw TimedOut(
                description: "\(name) ended without \"\(part)\"; its output:\n\(transcript)")
        }
        return found
    }

    /// Waits for its end and the end of its output.
    @discardableResult
    public func waitForExit(timeout: Duration = .seconds(20)) async throws -> Exit {
        do {
            try await eventually(within: timeout, "the end of \(name)") { isOver }
        } catch let error as TimedOut {
            throw TimedOut(description: "\(error); its output:\n\(transcript)")
        }
        return state.withLock { $0.exit } ?? .code(-1)
    }

    /// Sends a signal.
    public func terminate(_ signal: Int32 = SIGTERM) {
        // Once it has been waited for, its pid may be another's.
        state.withLock { state in
            if state.exit == nil { kill(pid, signal) }
        }
    }

    private var isOver: Bool { state.withLock { $0.exit != nil && $0.openStreams == 0 } }

    private func text(_ source: Line.Source) -> String {
        lines.filter { $0.source == source }.map { $0.text + "\n" }.joined()
    }

    private var transcript: String { lines.suffix(200).map(\.text).joined(separator: "\n") }
}
