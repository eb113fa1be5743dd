import Journal

/// What a job does when it is run: its paid calls, and how it ends.
struct JobScript {
    struct Call {
        var time: Duration
        /// How the first calls fail; later ones succeed.
        var failures: [RunFailure] = []
    }

    enum Ending {
        case success
        case failure(RunFailure)
        /// Runs until it is stopped.
        case hang
        /// Held by a limit, so many times before it succeeds.
        case hold(Duration, times: Int)
        /// Waits for an answer, at most so long.
        case wait(Duration)
        /// An output that the database refuses to store.
        case poison
    }

    var calls: [Call] = []
    var ending = Ending.success
    /// How long it takes to return once it is cancelled.
    var slowness = Duration.zero

    static func make(_ chance: inout Chance, lease: Duration) -> JobScript {
        var script = JobScript()
        for _ in 0..<chance.int(0, 3) {
            var call = Call(time: chance.milliseconds(20, chance.happens(0.1) ? 20_000 : 1500))
            if chance.happens(0.1) {
                for _ in 0..<chance.int(1, 3) { call.failures.append(failure(&chance)) }
            }
            script.calls.append(call)
        }
        if chance.happens(0.1) { script.slowness = lease / 20 }
        let drawn = chance.int(0, 99)
        switch drawn {
        case 0..<4: script.ending = .failure(failure(&chance))
        case 4..<7: script.ending = .hang
        case 7..<11:
            script.ending = .hold(chance.milliseconds(500, 20_000), times: chance.int(1, 3))
        case 11..<15: script.ending = .wait(chance.milliseconds(2000, 60_000))
        case 15..<17: script.ending = .poison
        default: break
        }
        return script
    }

    private static func failure(_ chance: inout Chance) -> RunFailure {
        // A run does not say of itself that it was shut down.
        let failureClass = chance.pick(FailureClass.allCases.filter { $0 != .shutdown })
        var failure = RunFailure(failureClass, code: "SCRIPTED", message: "as the script says")
        if failureClass == .rateLimited { failure.retryAfter = chance.milliseconds(100, 20_000) }
        return failure
    }
}
