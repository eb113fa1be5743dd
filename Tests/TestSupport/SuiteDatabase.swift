/// One database for all tests of a suite, made when the first of them asks:
/// `static let database = SuiteDatabase(migrated: true)`.
public actor SuiteDatabase {
    private let name: String
    private let migrated: Bool
    private var making: Task<TestDatabase, any Error>?

    public init(_ name: String = #fileID, migrated: Bool = false) {
        self.name = name
        self.migrated = migrated
    }

    /// The suite's database.
    public func get() async throws -> TestDatabase {
        if let making { return try await making.value }
        let task = Task { [name, migrated] in try await TestDatabase.make(name, migrated: migrated)
        }
        making = task
        return try await task.value
    }
}
