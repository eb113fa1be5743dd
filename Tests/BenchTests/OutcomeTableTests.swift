import JSON
import Testing

@testable import agent_bench

@Suite("an outcome in words")
struct OutcomeTableTests {
    private let outcome = ScenarioOutcome(
        number: "P0", name: "test", title: "a test", contestants: ["ours", "peer"],
        samples: [
            "ours": [Sample([.rate: 90]), Sample([.rate: 100]), Sample([.rate: 130])],
            "peer": [nil, nil, nil],
        ],
        failures: ["peer": "broke"], goals: [Goal(.rate, of: "ours", .alone, .atLeast(101))],
        notes: ["10 jobs"], absent: ["other: no such package"])

    @Test("the table shows median, spread, verdict, failures and absences")
    func text() {
        #expect(
            OutcomeTable(outcome: outcome).text == """
                P0 test: a test
                         per s
                ours  100 ±20%
                peer          
                  MISSED: ours: per s ≥ 101, reached 100 (90…130)
                  failed: peer: broke
                  absent: other: no such package
                  10 jobs

                """)
    }

    @Test("JSON keeps every repetition, a failed one as null")
    func json() {
        let peer = outcome.json["contestants"]?.arrayValue?.last
        #expect(peer?["failure"] == "broke")
        let ours = outcome.json["contestants"]?.arrayValue?.first
        #expect(ours?["figures"]?["rate"]?["values"] == [90, 100, 130])
        #expect(outcome.json["goals"]?.arrayValue?.first?["verdict"] == "missed")
    }
}
