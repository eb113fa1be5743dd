/// Every scenario, in the order of the table. A new one is one file and one line here.
enum ScenarioCatalog {
    static let all: [any Scenario] = [
        DrainScenario(),
        RecordedScenario(),
        LatencyScenario(),
        BulkEnqueueScenario(),
        ConcurrentEnqueueScenario(),
        InFlightScenario(),
        StepsScenario(),
        HistoryScenario(),
        HorizonScenario(),
        HotAgentScenario(),
        FleetScenario(),
        WriteVolumeScenario(),
        StartUpScenario(),
        IdleScenario(),
        NewcomerScenario(),
        GrowthScenario(),
    ]

    /// Those named by name or number; throws naming the unknown ones.
    static func named(_ names: [String]) throws(BenchError) -> [any Scenario] {
        if names.isEmpty { return all }
        let unknown = names.filter { name in !all.contains { $0.answers(to: name) } }
        guard unknown.isEmpty else {
            let known = all.map { "\($0.name) (\($0.number))" }.joined(separator: ", ")
            throw BenchError("no scenario \(unknown.joined(separator: ", ")); there are \(known)")
        }
        return all.filter { scenario in names.contains { scenario.answers(to: $0) } }
    }
}

extension Scenario {
    fileprivate func answers(to word: String) -> Bool {
        word.lowercased() == name || word.lowercased() == number.lowercased()
    }
}
