import Journal
import Testing

@testable import Orchestration

@Suite("retries of steps")
struct StepRetryPolicyTests {
    static func failure(
        _ codes: Set<String> = ["TIMEOUT"], repeatable: Bool = true, retryAfter: Duration? = nil
    ) -> StepFailure {
        StepFailure(
            RunFailure(.tool, code: "X", message: "x", retryAfter: retryAfter),
            isRepeatable: repeatable, codes: codes)
    }

    @Test(
        "the pause doubles with each failure, is spread by the jitter, and ends at the limit",
        arguments: [
            (1, 0.0, 1000), (2, 0.0, 2000), (3, 0.0, 4000), (1, 0.2, 1200), (2, -0.2, 1600),
        ])
    func backoff(failures: Int, jitter: Double, milliseconds: Int) {
        let delay = StepRetryPolicy().delay(
            after: Self.failure(), failures: failures, jitter: jitter, limit: .seconds(30))
        #expect(delay == .milliseconds(milliseconds))
    }

    @Test("the fourth failure is the last by default")
    func exhausted() {
        #expect(
            StepRetryPolicy().delay(
                after: Self.failure(), failures: 4, jitter: 0, limit: .seconds(30)) == nil)
    }

    @Test("what is not repeatable, or of another code, is not repeated")
    func notRepeated() {
        let policy = StepRetryPolicy()
        for failure in [Self.failure(repeatable: false), Self.failure(["VALIDATION_ERROR"])] {
            #expect(
                policy.delay(after: failure, failures: 1, jitter: 0, limit: .seconds(30)) == nil)
        }
    }

    @Test("a step's own list of codes replaces the default one")
    func ownCodes() throws {
        let policy = try StepRetryPolicy(["retryableErrors": ["server_error", 429]])
        for (codes, isRetried) in [(["SERVER_ERROR"], true), (["429"], true), (["TIMEOUT"], false)]
            as [(Set<String>, Bool)]
        {
            let delay = policy.delay(
                after: Self.failure(codes), failures: 1, jitter: 0, limit: .seconds(30))
            #expect((delay != nil) == isRetried)
        }
    }

    @Test("what the service asks to wait is honoured up to the limit, and beyond it is a failure")
    func retryAfter() {
        let policy = StepRetryPolicy()
        let short = Self.failure(retryAfter: .seconds(9))
        let long = Self.failure(retryAfter: .seconds(60))
        #expect(
            policy.delay(after: short, failures: 1, jitter: 0, limit: .seconds(30)) == .seconds(9))
        #expect(policy.delay(after: long, failures: 1, jitter: 0, limit: .seconds(30)) == nil)
    }
}
