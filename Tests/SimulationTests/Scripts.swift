/// The scripts of all jobs, and how often each part of them was played.
// Unchecked: like all of a simulation, touched by its one thread only.
final class Scripts: @unchecked Sendable {
    private var scripts: [Int64: JobScript] = [:]
    private var counts: [String: Int] = [:]

    subscript(job: Int64) -> JobScript {
        get { scripts[job] ?? JobScript() }
        set { scripts[job] = newValue }
    }

    /// How often it was asked for this part before.
    func count(_ part: String) -> Int {
        defer { counts[part, default: 0] += 1 }
        return counts[part] ?? 0
    }
}
