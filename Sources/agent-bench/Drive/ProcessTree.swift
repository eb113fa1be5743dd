import Glibc

/// A server process with its children: what the whole of them used, those that ended included.
struct ProcessTree: Sendable {
    let root: Int32

    /// CPU seconds so far: the root's, its reaped children's and its living children's, to the
    /// kernel's tick (10 ms).
    ///
    /// A child that is reaped while the living are counted would be missed, or count twice: then
    /// they are counted anew.
    var cpuSeconds: Double {
        // utime, stime, cutime, cstime are fields 14 to 17 of proc(5), 11 to 14 from the third on.
        let own = 11...12
        let reaped = 13...14
        var before = ProcessFile.statistics(of: root)
        var ticks = 0
        for _ in 0..<50 {
            ticks = Self.sum(before, own) + Self.sum(before, reaped)
            for pid in ProcessFile.numbers(in: "/proc") {
                guard let fields = ProcessFile.statistics(of: pid), fields.count > 14,
                    Int32(fields[1]) == root
                else { continue }
                ticks += Self.sum(fields, 11...14)
            }
            let after = ProcessFile.statistics(of: root)
            if Self.sum(before, reaped) == Self.sum(after, reaped) { break }
            before = after
        }
        return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Its children, their children, and so on.
    var descendants: [Int32] {
        let parents = ProcessFile.numbers(in: "/proc").compactMap { pid in
            ProcessFile.parent(of: pid).map { (pid: pid, parent: $0) }
        }
        var found: [Int32] = []
        var next = [root]
        while let parent = next.popLast() {
            let children = parents.filter { $0.parent == parent }.map(\.pid)
            found += children
            next += children
        }
        return found
    }

    private static func sum(_ fields: [Substring]?, _ places: ClosedRange<Int>) -> Int {
        guard let fields, fields.count > places.upperBound else { return 0 }
        return fields[places].reduce(0) { $0 + (Int($1) ?? 0) }
    }
}
