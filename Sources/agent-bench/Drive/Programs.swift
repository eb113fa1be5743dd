import FoundationEssentials
import Glibc

/// The programs that take part, by path.
struct Programs: Sendable {
    /// Where ours are: beside this one unless said otherwise.
    let directory: String
    /// The Python of the peers' environments.
    let python: String

    var bench: String { directory + "/agent-bench" }
    var limit: String { directory + "/bench-limit" }
    var worker: String { directory + "/agent-worker" }
    var enqueue: String { directory + "/agent-enqueue" }
    var modelStub: String { directory + "/model-stub" }

    /// Throws naming those of ours that are missing.
    func check() throws(BenchError) {
        let missing = [bench, limit, worker, enqueue, modelStub].filter { (path: String) -> Bool in
            access(path, X_OK) != 0
        }
        guard missing.isEmpty else {
            throw BenchError(
                "not built: \(missing.joined(separator: ", ")); deploy/bench builds them")
        }
    }

    /// A program of PostgreSQL's or the system's: on the PATH, else where Debian keeps it.
    static func find(_ name: String) throws(BenchError) -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let versions = ProcessFile.numbers(in: "/usr/lib/postgresql").sorted(by: >)
        let places =
            path.split(separator: ":").map { String($0) }
            + versions.map { "/usr/lib/postgresql/\($0)/bin" }
        for place in places where access("\(place)/\(name)", X_OK) == 0 {
            return "\(place)/\(name)"
        }
        throw BenchError("\(name) was not found on the PATH or under /usr/lib/postgresql")
    }

    /// The directory of the running program.
    static var ownDirectory: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(
            decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
    }
}
