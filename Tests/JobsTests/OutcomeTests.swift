import Jobs
import Journal
import Testing

@Suite("outcomes")
struct OutcomeTests {
    /// What a failure of a class leads to: with attempts left, at the last one, and the same two
    /// when the snoozes are spent.
    struct Rule: Sendable, CustomTestStringConvertible {
        let failureClass: FailureClass
        let words: [String]

        init(_ failureClass: FailureClass, _ words: String...) {
            self.failureClass = failureClass
            self.words = words
        }

        var testDescription: String { failureClass.rawValue }
    }

    static let rules = [
        Rule(.transport, "retry", "failed", "retry", "failed"),
        Rule(.rateLimited, "snooze", "snooze", "retry", "failed"),
        Rule(.provider, "retry", "failed", "retry", "failed"),
        Rule(.validation, "failed", "failed", "failed", "failed"),
        Rule(.contentPolicy, "failed", "failed", "failed", "failed"),
        Rule(.contextLength, "failed", "failed", "failed", "failed"),
        Rule(.timeout, "retry", "failed", "retry", "failed"),
        Rule(.tool, "failed", "failed", "failed", "failed"),
        Rule(.invalidPayload, "failed", "failed", "failed", "failed"),
        Rule(.quota, "failed", "failed", "failed", "failed"),
        Rule(.crash, "retry", "failed", "retry", "failed"),
        Rule(.shutdown, "interrupt", "interrupt", "interrupt", "interrupt"),
        Rule(.cancelled, "cancelled", "cancelled", "cancelled", "cancelled"),
    ]

    private func decide(
        _ end: AttemptEnd, attempt: Int = 1, snoozes: Int = 0, random: Double = 0.5
    ) -> Outcome {
        Outcome.decide(
            end, attempt: attempt, maxAttempts: 3, snoozes: snoozes, policy: RetryPolicy(),
            random: random)
    }

    @Test("a suspended run waits, at any attempt")
    func suspended() {
        let end = AttemptEnd.suspended(Suspension(key: "k", reason: "human_approval"))
        #expect(end.failure == nil)
        for attempt in 1...3 { #expect(decide(end, attempt: attempt) == .wait) }
        #expect(!Outcome.wait.isFinal && Outcome.wait.delay == nil)
    }

    @Test("a run that a limit stopped is held, at any attempt")
    func held() {
        let end = AttemptEnd.suspended(.limit(key: "budget:1", reason: "spent", for: .seconds(9)))
        let hold = Outcome.hold(key: "budget:1", reason: "spent", for: .seconds(9))
        #expect(end.failure == nil)
        for attempt in 1...3 { #expect(decide(end, attempt: attempt) == hold) }
        #expect(!hold.isFinal && hold.delay == .seconds(9))
    }

    @Test("every failure class has its rule")
    func complete() {
        #expect(Set(Self.rules.map(\.failureClass)) == Set(FailureClass.allCases))
    }

    @Test("a failure leads where its class, the attempts and the snoozes say", arguments: rules)
    func failures(rule: Rule) {
        let end = AttemptEnd.failed(RunFailure(rule.failureClass, code: "C", message: "m"))
        let spent = RetryPolicy().mostSnoozes
        #expect(
            [
                decide(end), decide(end, attempt: 3), decide(end, snoozes: spent),
                decide(end, attempt: 3, snoozes: spent),
            ].map(\.word) == rule.words)
        // The attempt before the last still has one left, and a limit is one, not one more.
        #expect(decide(end, attempt: 2).word == rule.words[0])
        #expect(decide(end, attempt: 4).word == rule.words[1])
        #expect(decide(end, snoozes: spent - 1).word == rule.words[0])
    }

    @Test("a permanent failure is never tried again", arguments: FailureClass.allCases)
    func permanent(failureClass: FailureClass) {
        let failure = RunFailure(failureClass, code: "C", message: "m", isPermanent: true)
        #expect(decide(.failed(failure)) == .failed)
    }

    @Test("a stop leads where its reason says")
    func stops() {
        #expect(decide(.succeeded) == .completed)
        #expect(decide(.stopped(.cancelRequested)) == .cancelled)
        #expect(decide(.stopped(.shutdown), attempt: 3) == .interrupt)
        #expect(decide(.stopped(.leaseLost)).word == "retry")
        #expect(decide(.stopped(.leaseLost), attempt: 3) == .failed)
        #expect(decide(.stopped(.timeLimit(.seconds(9)))).word == "retry")
        #expect(decide(.stopped(.timeLimit(.seconds(9))), attempt: 3) == .failed)
    }

    @Test("what a provider asks for is honoured up to the longest snooze")
    func retryAfter() {
        func failure(_ failureClass: FailureClass, _ asked: Duration) -> AttemptEnd {
            .failed(RunFailure(failureClass, code: "C", message: "m", retryAfter: asked))
        }
        #expect(decide(failure(.rateLimited, .seconds(20)), random: 0).delay == .seconds(20))
        #expect(decide(failure(.rateLimited, .seconds(9000)), random: 0).delay == .seconds(900))
        #expect(decide(failure(.rateLimited, .seconds(-5)), random: 0).delay == .zero)
        #expect(decide(failure(.provider, .seconds(60)), random: 0).delay == .seconds(60))
        // A shorter wish does not shorten the backoff.
        #expect(decide(failure(.provider, .seconds(1)), random: 0).delay == .seconds(2.5))
        #expect(decide(failure(.provider, .seconds(9000)), random: 0).delay == .seconds(900))
    }

    @Test("a stop's failure names its class and code")
    func stopFailures() {
        func failure(_ reason: StopReason) -> RunFailure? { AttemptEnd.stopped(reason).failure }
        #expect(failure(.cancelRequested)?.failureClass == .cancelled)
        #expect(failure(.shutdown)?.failureClass == .shutdown)
        #expect(failure(.leaseLost)?.code == "LEASE_LOST")
        #expect(failure(.timeLimit(.seconds(90)))?.description.contains("90 s") == true)
        #expect(AttemptEnd.succeeded.failure == nil)
    }

    @Test("final outcomes have no delay, the others a word of the ledger")
    func properties() {
        let all: [(Outcome, final: Bool, delay: Duration?)] = [
            (.completed, true, nil), (.failed, true, nil), (.cancelled, true, nil),
            (.interrupt, false, nil), (.retry(after: .seconds(1)), false, .seconds(1)),
            (.snooze(after: .seconds(2)), false, .seconds(2)),
        ]
        for (outcome, final, delay) in all {
            #expect(outcome.isFinal == final && outcome.delay == delay)
        }
    }
}
