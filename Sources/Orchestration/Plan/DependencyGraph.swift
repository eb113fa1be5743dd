/// The dependencies of one list of steps.
struct DependencyGraph {
    /// Ids in the order of the list.
    let ids: [String]
    /// By id; only ids of the list.
    let dependencies: [String: [String]]

    /// A cycle as a closed path, such as `[a, b, a]`; nil when there is none.
    func cycle() -> [String]? {
        var done: Set<String> = []
        for start in ids where !done.contains(start) {
            // Depth first on a stack of its own, so that a long chain cannot exhaust the thread's.
            var path = [(id: start, next: 0)]
            var onPath: Set<String> = [start]
            while let (id, next) = path.last {
                let targets = dependencies[id] ?? []
                guard next < targets.count else {
                    done.insert(id)
                    onPath.remove(id)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let target = targets[next]
                if onPath.contains(target) {
                    let first = path.firstIndex { $0.id == target } ?? 0
                    return path[first...].map(\.id) + [target]
                }
                if !done.contains(target) {
                    path.append((target, 0))
                    onPath.insert(target)
                }
            }
        }
        return nil
    }

    /// The ids so that each comes after its dependencies, in the order of the list otherwise.
    /// Complete only without cycles.
    func topologicalOrder() -> [String] {
        var missing = dependencies.mapValues { Set($0).count }
        var dependents: [String: [String]] = [:]
        for id in ids {
            for dependency in Set(dependencies[id] ?? []) {
                dependents[dependency, default: []].append(id)
            }
        }
        let position = Dictionary(
            zip(ids, ids.indices), uniquingKeysWith: { first, _ in first })
        var queue = ids.filter { missing[$0, default: 0] == 0 }
        var order: [String] = []
        while order.count < queue.count {
            let id = queue[order.count]
            order.append(id)
            let next = dependents[id, default: []]
                .sorted { position[$0, default: 0] < position[$1, default: 0] }
            for dependent in next {
                missing[dependent, default: 0] -= 1
                if missing[dependent] == 0 { queue.append(dependent) }
            }
        }
        return order
    }

    /// 0 without dependencies, else one more than the highest of them.
    func levels() -> [String: Int] {
        topologicalOrder().reduce(into: [:]) { levels, id in
            let highest = (dependencies[id] ?? []).compactMap { levels[$0] }.max()
            levels[id] = highest.map { $0 + 1 } ?? 0
        }
    }

    /// Everything each step comes after, however far back.
    func ancestors() -> [String: Set<String>] {
        topologicalOrder().reduce(into: [:]) { ancestors, id in
            ancestors[id] = (dependencies[id] ?? []).reduce(into: []) { set, dependency in
                set.insert(dependency)
                set.formUnion(ancestors[dependency] ?? [])
            }
        }
    }
}
