import Journal

extension Outcome {
    /// What the queue does with an attempt that ended: pure and total.
    ///
    /// A lost lease counts like a crash, which is what a rescue would make of it; the fence says
    /// whether the attempt is still the worker's to settle.
    ///
    /// `random` is evenly drawn from 0..<1; it spreads the delays. Drawn for those only: it is a system
    /// call.
    public static func decide(
        _ end: AttemptEnd, attempt: Int, maxAttempts: Int, snoozes: Int, policy: RetryPolicy,
        random: @autoclosure () -> Double
    ) -> Outcome {
        switch end {
        case .succeeded: .completed
        case .suspended(let suspension): decide(suspension)
        case .stopped(.cancelRequested): .cancelled
        case .stopped(.shutdown): .interrupt
        case .stopped(.timeLimit), .stopped(.leaseLost):
            again(attempt, of: maxAttempts, asked: nil, policy: policy, random: random)
        case .failed(let failure):
            decide(
                failure, attempt: attempt, maxAttempts: maxAttempts, snoozes: snoozes,
                policy: policy, random: random)
        }
    }

    private static func decide(_ suspension: Suspension) -> Outcome {
        suspension.holdFor.map {
            .hold(key: suspension.key, reason: suspension.reason, for: $0)
        } ?? .wait
    }

    private static func decide(
        _ failure: RunFailure, attempt: Int, maxAttempts: Int, snoozes: Int, policy: RetryPolicy,
        random: () -> Double
    ) -> Outcome {
        if failure.isPermanent { return .failed }
        switch failure.failureClass {
        case .rateLimited where snoozes < policy.mostSnoozes:
            return .snooze(
                after: policy.snooze(asked: failure.retryAfter, snoozes: snoozes, random: random()))
        case .transport, .provider, .timeout, .crash, .rateLimited:
            return again(
                attempt, of: maxAttempts, asked: failure.retryAfter, policy: policy, random: random)
        // A run's own steps have retried what its actions allow; running it all again would repeat
        // the others.
        case .validation, .contentPolicy, .contextLength, .tool, .invalidPayload, .quota:
            return .failed
        case .cancelled: return .cancelled
        case .shutdown: return .interrupt
        }
    }

    private static func again(
        _ attempt: Int, of maxAttempts: Int, asked: Duration?, policy: RetryPolicy,
        random: () -> Double
    ) -> Outcome {
        if attempt >= maxAttempts { return .failed }
        let delay = policy.delay(afterAttempt: attempt, random: random())
        return .retry(after: max(delay, min(asked ?? .zero, policy.longestSnooze)))
    }
}
