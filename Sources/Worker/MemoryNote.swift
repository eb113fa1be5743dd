/// What became of the summary of a run that ended.
package enum MemoryNote: Sendable, Hashable {
    /// It is kept, as that of the agent's run of this number.
    case kept(run: Int)
    /// There is none, for this reason: a class and a code, never content. The run is what it was.
    case skipped(String)

    /// What the job's log line says.
    var text: String {
        switch self {
        case .kept(let run): "run \(run)"
        case .skipped(let reason): "skipped: \(reason)"
        }
    }
}
