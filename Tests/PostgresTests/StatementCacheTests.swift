import Testing

@testable import Postgres

@Suite("statement cache")
struct StatementCacheTests {
    /// Looks `sql` up and adds it when it is new; its name.
    @discardableResult
    private func use(
        _ sql: String, _ parameters: [PostgresParameter] = [], _ types: [UInt32] = [],
        in cache: inout StatementCache
    ) -> String {
        switch cache.lookUp(sql, parameters, types) {
        case .prepared(let name): return name
        case .new(let name):
            cache.insert(name, sql: sql, types: types)
            return name
        }
    }

    private func evictAll(_ cache: inout StatementCache, adding: Int) -> [String] {
        var names: [String] = []
        while let name = cache.evict(adding: adding) { names.append(name) }
        return names
    }

    @Test("a statement is known by its text and its parameter types, a NULL fits any")
    func types() {
        var cache = StatementCache(limit: 8)
        let sql = "SELECT $1, $2"
        let first = use(sql, [.int64(1), .null], [20, 0], in: &cache)
        let names = [
            use(sql, [.int64(2), .null], [20, 0], in: &cache),
            use(sql, [.null, .text("x")], [0, 0], in: &cache),
            use(sql, [.int32(2), .null], [23, 0], in: &cache),
            use(sql, [.int64(2), .int64(1)], [20, 20], in: &cache),
            use("SELECT 1", in: &cache),
        ]
        #expect(names.map { $0 == first } == [true, true, false, false, false])
        #expect(cache.count == 4)
    }

    @Test("the least recently used is forgotten first, only beyond the limit")
    func eviction() {
        var cache = StatementCache(limit: 3)
        use("a", in: &cache)
        let second = use("b", in: &cache)
        let early = evictAll(&cache, adding: 1)
        #expect(early.isEmpty)
        use("a", in: &cache)
        use("c", in: &cache)
        let evicted = evictAll(&cache, adding: 1)
        #expect(evicted == [second])
        #expect(cache.count == 2)
    }

    @Test("a batch larger than the cache evicts all and stops")
    func hugeBatch() {
        var cache = StatementCache(limit: 2)
        let only = use("a", in: &cache)
        let evicted = evictAll(&cache, adding: 100)
        #expect(evicted == [only])
    }

    @Test("what the server could not forget is named again, once")
    func orphans() {
        var cache = StatementCache(limit: 8)
        cache.keepOrphan("x")
        let evicted = evictAll(&cache, adding: 1)
        #expect(evicted == ["x"])
    }
}
