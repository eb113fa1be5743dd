import ArgumentParser
import EventLoop
import Glibc
import HTTP
import JSON
import Models

/// Makes model calls, all at once, as the worker's handlers make theirs.
struct CallsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls", abstract: "Many model calls at once.", shouldDisplay: false)

    @Argument var baseURL: String
    @Argument var count: Int

    private static let question = String(repeating: "What is open, and since when? ", count: 15)

    /// The same question as a bare client puts it.
    static var bareBody: String {
        let body: JSONValue = [
            "model": "gpt-4o", "messages": [["role": "user", "content": .string(question)]],
        ]
        return body.serialized
    }

    func run() async throws {
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        files.rlim_cur = files.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        let model = OpenAIChatModel(
            baseURL: baseURL, key: nil, http: HTTPClient(loop: EventLoop(name: "network")))
        let request = ChatRequest(model: "gpt-4o", messages: [.user(Self.question)])
        _ = try await model.complete(request)
        let idle = ProcessFile.status("VmRSS", of: getpid()) ?? 0
        let cpu = Self.cpuSeconds
        let started = ContinuousClock.now
        let failed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<count {
                group.addTask {
                    do {
                        _ = try await model.complete(request)
                        return false
                    } catch {
                        return true
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        let answer: JSONValue = [
            "seconds": JSONValue(started.duration(to: .now) / .seconds(1)),
            "cpu_seconds": JSONValue(Self.cpuSeconds - cpu), "idle_kb": JSONValue(idle),
            "peak_kb": JSONValue(ProcessFile.status("VmHWM", of: getpid()) ?? 0),
            "failed": JSONValue(failed),
        ]
        print(answer.serialized)
    }

    private static var cpuSeconds: Double {
        var used = rusage()
        getrusage(RUSAGE_SELF.rawValue, &used)
        return Double(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
            + Double(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6
    }
}
