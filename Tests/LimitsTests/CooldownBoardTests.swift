import Journal
import Testing

@testable import Limits

@Suite("Cool-downs a worker knows of")
struct CooldownBoardTests {
    let start = ContinuousClock.now
    let model = ProviderModel(provider: "openai", model: "gpt-4o")

    private func cooldown(
        _ kind: ProviderRefusal.Kind = .rateLimit, until: Duration, probed: Duration? = nil
    ) -> Cooldown {
        Cooldown(
            kind: kind, reason: "HTTP 429", until: start + until,
            probedUntil: probed.map { start + $0 }, line: "why")
    }

    @Test("closed until its time, then due, and closed while a probe is on its way")
    func phases() {
        var board = CooldownBoard()
        #expect(board.verdict(model, now: start) == .open)
        let closed = cooldown(until: .seconds(5))
        board.close(model, closed, now: start)
        #expect(
            board.verdict(model, now: start) == .closed(model, closed, until: start + .seconds(5)))
        #expect(board.verdict(model, now: start + .seconds(5)) == .due(model, closed))
        let probed = cooldown(until: .zero, probed: .seconds(20))
        board.close(model, probed, now: start)
        #expect(
            board.verdict(model, now: start + .seconds(5))
                == .closed(model, probed, until: start + .seconds(20)))
        #expect(
            board.verdict(ProviderModel(provider: "openai", model: "o3"), now: start) == .open)
    }

    @Test("a stopped provider stops every model of it")
    func whole() {
        var board = CooldownBoard()
        let stop = cooldown(.quota, until: .seconds(600))
        board.close(model.whole, stop, now: start)
        board.close(model, cooldown(until: .seconds(1)), now: start)
        #expect(
            board.verdict(model, now: start)
                == .closed(model.whole, stop, until: start + .seconds(600)))
        #expect(stop.key(model.whole) == "quota:openai")
        #expect(cooldown(until: .zero).key(model) == "cooldown:openai/gpt-4o")
    }

    @Test("the database's word replaces what is known, but not what was met since it was asked")
    func replaced() {
        var board = CooldownBoard()
        let other = ProviderModel(provider: "openai", model: "o3")
        board.close(model, cooldown(until: .seconds(5)), now: start)
        board.close(other, cooldown(until: .seconds(5)), now: start + .seconds(2))
        let (ended, begun) = board.replace(with: [:], asked: start + .seconds(1))
        #expect(ended == [model] && begun == [])
        #expect(board.verdict(model, now: start) == .open)
        #expect(board.verdict(other, now: start) != .open)
        let later = board.replace(
            with: [model: cooldown(until: .seconds(9))], asked: start + .seconds(3))
        #expect(later.ended == [other] && later.begun == [model])
    }

    @Test("a wait that was asked for is cut to the longest, and is never nothing")
    func waits() {
        let policy = CooldownPolicy(longestAsked: .seconds(900), quotaProbe: .seconds(60))
        func asked(_ retryAfter: Duration?, _ kind: ProviderRefusal.Kind) -> Duration? {
            policy.waits(
                after: ProviderRefusal(
                    kind: kind, retryAfter: retryAfter, reason: "",
                    failure: RunFailure(.rateLimited, code: "", message: ""))
            ).asked
        }
        #expect(asked(.seconds(7), .rateLimit) == .seconds(7))
        #expect(asked(.seconds(864_000), .rateLimit) == .seconds(900))
        #expect(asked(.zero, .overload) == .milliseconds(100))
        #expect(asked(nil, .overload) == nil)
        #expect(asked(.seconds(7), .quota) == nil, "a stopped account is probed at our own pace")
    }

    @Test("after an unknown limit a worker starts with one call and doubles")
    func slowStart() {
        let slow = SlowStart(since: start)
        #expect(slow.most(at: start) == 1)
        #expect(slow.most(at: start + .seconds(3)) == 8)
        #expect(slow.most(at: start + .seconds(7)) == nil)
        #expect(slow.nextStep(after: start + .milliseconds(2500)) == start + .seconds(3))
    }
}
