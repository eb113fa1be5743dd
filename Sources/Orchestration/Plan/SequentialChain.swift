/// Gives dependencies to a list of steps that names none: each depends on the one before it.
///
/// A branch is a side track: its steps follow the step that decides, and the step after them in
/// the list follows the decision and the ends of all its branches.
struct SequentialChain {
    /// What the chain needs to know of a step.
    struct Link {
        var id: String
        /// The ids of the steps of each branch this step decides on.
        var branches: [[String]]
    }

    private let links: [Link]
    /// Where the branch that a step belongs to is decided, and which one it is.
    private var owners: [String: (decider: String, branch: Int)] = [:]

    init(_ links: [Link]) {
        self.links = links
        for link in links {
            for (branch, targets) in link.branches.enumerated() {
                for target in targets where owners[target] == nil && target != link.id {
                    owners[target] = (link.id, branch)
                }
            }
        }
    }

    /// The dependencies by step id.
    func dependencies() -> [String: [String]] {
        var dependencies: [String: [String]] = [:]
        var branchEnds: [String: [Int: String]] = [:]
        var previous: String?

        func ends(of id: String) -> [String] {
            let tracks = branchEnds[id, default: [:]].sorted { $0.key < $1.key }
            return [id] + tracks.flatMap { ends(of: $0.value) }
        }

        for link in links {
            if let owner = owners[link.id], dependencies[owner.decider] != nil {
                let last = branchEnds[owner.decider]?[owner.branch]
                dependencies[link.id] = last.map(ends(of:)) ?? [owner.decider]
                branchEnds[owner.decider, default: [:]][owner.branch] = link.id
            } else {
                dependencies[link.id] = previous.map(ends(of:)) ?? []
                previous = link.id
            }
        }
        return dependencies
    }
}
