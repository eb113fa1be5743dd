/// The prepared statements of one connection, the least recently used forgotten first.
///
/// A statement is known by its SQL and its parameter types. A NULL fits any type, so a variant is
/// reused when every parameter either is NULL or has the type it was prepared with.
struct StatementCache {
    struct Statement: Equatable {
        let name: String
        let types: [UInt32]
    }

    enum Lookup: Equatable {
        case prepared(name: String)
        /// To be prepared under `name`; then tell `insert`.
        case new(name: String)
    }

    private struct Entry {
        let sql: String
        let statement: Statement
        var lastUse: Int
    }

    let limit: Int
    private var entries: [String: Entry] = [:]  // by statement name
    private var names: [String: [String]] = [:]  // by SQL
    private var orphans: [String] = []
    private var uses = 0
    private var created = 0

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { entries.count }

    mutating func lookUp(_ sql: String, _ parameters: [PostgresParameter], _ types: [UInt32])
        -> Lookup
    {
        for name in names[sql] ?? [] {
            guard let prepared = entries[name]?.statement.types, prepared.count == types.count,
                !types.indices.contains(where: {
                    types[$0] != prepared[$0] && !parameters[$0].isNull
                })
            else { continue }
            uses += 1
            entries[name]?.lastUse = uses
            return .prepared(name: name)
        }
        created += 1
        return .new(name: "agent_worker_\(created)")
    }

    mutating func insert(_ name: String, sql: String, types: [UInt32]) {
        uses += 1
        entries[name] = Entry(
            sql: sql, statement: Statement(name: name, types: types), lastUse: uses)
        names[sql, default: []].append(name)
    }

    /// Forgets one statement when `adding` more would exceed the limit, and names it so that the
    /// server can forget it too.
    mutating func evict(adding: Int) -> String? {
        if let orphan = orphans.popLast() { return orphan }
        guard entries.count + adding > limit else { return nil }
        guard let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key else {
            return nil
        }
        remove(oldest)
        return oldest
    }

    /// The server did not forget `name`: to be named again by `evict`.
    mutating func keepOrphan(_ name: String) {
        orphans.append(name)
    }

    mutating func remove(_ name: String) {
        guard let entry = entries.removeValue(forKey: name) else { return }
        names[entry.sql]?.removeAll { $0 == name }
        if names[entry.sql]?.isEmpty == true { names[entry.sql] = nil }
    }
}
