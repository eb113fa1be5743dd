import Jobs
import Testing

@Suite("retry policy")
struct RetryPolicyTests {
    private let policy = RetryPolicy()

    /// The table of the type's comment.
    @Test(
        "the delay after an attempt lies between its two documented bounds",
        arguments: zip(
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 100, Int.max],
            [5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600]))
    func delays(attempt: Int, longest: Int) {
        #expect(policy.delay(afterAttempt: attempt, random: 0) == .seconds(longest) / 2)
        #expect(policy.delay(afterAttempt: attempt, random: 0.5) == .seconds(longest) * 0.75)
        #expect(policy.delay(afterAttempt: attempt, random: 1) == .seconds(longest))
    }

    @Test("an attempt number below 1 counts as 1")
    func oddAttempts() {
        #expect(policy.delay(afterAttempt: 0, random: 1) == .seconds(5))
        #expect(policy.delay(afterAttempt: Int.min, random: 1) == .seconds(5))
    }

    @Test("a snooze is what was asked and up to a tenth more, else the backoff")
    func snoozes() {
        #expect(policy.snooze(asked: .seconds(30), snoozes: 0, random: 0) == .seconds(30))
        let longest = policy.snooze(asked: .seconds(30), snoozes: 9, random: 1)
        #expect(longest.inMilliseconds == 33_000)
        let cut = policy.snooze(asked: .seconds(86_400), snoozes: 0, random: 1)
        #expect(cut.inMilliseconds == 990_000)
        #expect(policy.snooze(asked: nil, snoozes: 0, random: 0) == .seconds(2.5))
        #expect(policy.snooze(asked: nil, snoozes: 2, random: 0) == .seconds(10))
    }

    @Test("a base beyond the cap is cut to it")
    func cap() {
        let policy = RetryPolicy(base: .seconds(60), cap: .seconds(10))
        #expect(policy.delay(afterAttempt: 1, random: 1) == .seconds(10))
    }
}
