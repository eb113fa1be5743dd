/// One figure of the table: a file in `Scenarios`, a line in `ScenarioCatalog`.
protocol Scenario: Sendable {
    /// Its number in the table of figures, such as `P1`.
    var number: String { get }
    /// What `--scenario` calls it.
    var name: String { get }
    /// What is measured, in a line.
    var title: String { get }

    /// Prepares what all turns share.
    func contest(_ bench: Bench) async throws -> Contest
}
