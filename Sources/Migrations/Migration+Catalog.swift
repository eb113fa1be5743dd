import CMigrations

extension Migration {
    /// Every migration, in order. A new one is one file, listed in CMigrations.c.
    public static let all: [Migration] = (0..<embedded_migration_count()).map { place in
        let file = embedded_migration_at(place)
        return Migration(
            name: String(cString: file.name),
            sql: String(
                decoding: UnsafeBufferPointer(start: file.text, count: file.length),
                as: UTF8.self))
    }
}
