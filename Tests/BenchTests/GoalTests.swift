import Testing

@testable import agent_bench

@Suite("goals")
struct GoalTests {
    private let samples: [String: [Sample?]] = [
        "ours": [Sample([.rate: 80]), nil, Sample([.rate: 120])],
        "limit": [Sample([.rate: 100]), Sample([.rate: 1]), Sample([.rate: 100])],
    ]

    @Test("a ratio is taken within one repetition, and a failed one does not count")
    func ratio() {
        let goal = Goal(.rate, of: "ours", .ratio(to: "limit"), .atLeast(0.8))
        #expect(goal.values(in: samples) == [0.8, 1.2])
        #expect(goal.description == "ours: per s ≥ 0.800 × limit")
    }

    @Test("an excess is a difference")
    func excess() {
        let goal = Goal(.rate, of: "ours", .excess(over: "limit"), .atMost(0))
        #expect(goal.values(in: samples) == [-20, 20])
    }

    @Test("the median decides, and without values nothing was measured")
    func verdict() {
        let met = Goal(.rate, of: "ours", .alone, .atLeast(100))
        let missed = Goal(.rate, of: "ours", .alone, .atLeast(101))
        let absent = Goal(.rate, of: "peer", .alone, .atLeast(1))
        let outcome = ScenarioOutcome(
            number: "P0", name: "test", title: "a test", contestants: ["ours", "limit"],
            samples: samples, failures: [:], goals: [met, missed, absent], notes: [], absent: [])
        let words = outcome.goals.map { goal in
            switch outcome.verdict(on: goal) {
            case .met: "met"
            case .missed: "missed"
            case .notMeasured: "not measured"
            }
        }
        #expect(words == ["met", "missed", "not measured"])
    }
}
