extension Array where Element: Sendable {
    /// Maps the elements, at most `limit` at the same time, as a sliding window: the next starts
    /// as soon as one is done. The results are in the order of the elements.
    package func mapConcurrently<Result: Sendable>(
        limit: Int, _ transform: @escaping @Sendable (Int, Element) async -> Result
    ) async -> [Result] {
        await withTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: count)
            var next = 0
            func startNext() {
                guard next < count else { return }
                let index = next
                let element = self[index]
                next += 1
                group.addTask { (index, await transform(index, element)) }
            }
            for _ in 0..<Swift.max(1, limit) { startNext() }
            for await (index, result) in group {
                results[index] = result
                startNext()
            }
            return results.compactMap(\.self)
        }
    }
}
