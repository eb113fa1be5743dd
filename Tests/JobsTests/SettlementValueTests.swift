import FoundationEssentials
import JSON
import Jobs
import Journal
import Testing

@Suite("settlement values")
struct SettlementValueTests {
    private let attempt = UUID()

    @Test("a settlement names what it has and nothing else")
    func members() {
        let failure = RunFailure(.rateLimited, code: "HTTP_429", message: "slow down")
        let settlement = Settlement(
            jobID: 7, attemptID: attempt, outcome: .snooze(after: .milliseconds(1500)),
            failure: failure)
        #expect(settlement.error == "HTTP_429: slow down")
        #expect(
            settlement.json == [
                "job_id": 7, "attempt_id": .string(attempt.uuidString), "outcome": "snooze",
                "delay_ms": 1500, "failure_class": "rate_limited", "error": "HTTP_429: slow down",
            ])
    }

    @Test("what jsonb cannot hold is replaced before it is sent")
    func storable() {
        let settlement = Settlement(
            jobID: 7, attemptID: attempt, outcome: .completed, output: ["a\0": "b\0"])
        #expect(settlement.json["output"] == ["a\u{FFFD}": "b\u{FFFD}"])
    }

    @Test("a refused settlement is repeated without anything a model wrote")
    func payloadRejected() {
        let rejected = Settlement(
            jobID: 7, attemptID: attempt, outcome: .completed, output: [1], run: [2],
            generation: [3]
        ).payloadRejected("22P05")
        #expect(rejected.outcome == .failed && rejected.jobID == 7)
        #expect(rejected.output == nil && rejected.run == nil && rejected.generation == nil)
        #expect(rejected.failure?.failureClass == .validation)
        #expect(rejected.error == "PAYLOAD_REJECTED: the result could not be stored: 22P05")
        let retried = Settlement(
            jobID: 7, attemptID: attempt, outcome: .retry(after: .seconds(1)),
            failure: RunFailure(.provider, code: "C", message: "m")
        ).payloadRejected("54001")
        #expect(retried.outcome == .retry(after: .seconds(1)))
        #expect(retried.failure?.failureClass == .provider)
    }
}
