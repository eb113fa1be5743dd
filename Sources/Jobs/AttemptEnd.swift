import Journal

/// How an attempt's run came back to the worker, before the queue's rules are applied.
public enum AttemptEnd: Sendable, Hashable {
    case succeeded
    case failed(RunFailure)
    /// It cannot go on before something comes from outside, and wants no slot meanwhile.
    case suspended(Suspension)
    /// Stopped by the worker before it ended by itself.
    case stopped(StopReason)

    /// What the ledger says of it.
    public var failure: RunFailure? {
        switch self {
        case .succeeded: nil
        case .suspended(let suspension): suspension.failure
        case .failed(let failure): failure
        case .stopped(let reason): reason.failure
        }
    }
}

/// Why a worker stopped a run.
public enum StopReason: Sendable, Hashable {
    /// Somebody cancelled the job.
    case cancelRequested
    /// The job's time limit passed.
    case timeLimit(Duration)
    /// The worker shuts down and its drain time is over.
    case shutdown
    /// The lease could not be confirmed in time, or somebody took the job over.
    case leaseLost

    var failure: RunFailure {
        switch self {
        case .cancelRequested:
            RunFailure(.cancelled, code: "CANCELLED", message: "cancelled on request")
        case .timeLimit(let limit):
            RunFailure(
                .timeout, code: "JOB_TIMEOUT",
                message: "the job's time limit of \(limit.inMilliseconds / 1000) s passed")
        case .shutdown:
            RunFailure(.shutdown, code: "SHUTDOWN", message: "the worker was stopped")
        case .leaseLost:
            RunFailure(
                .transport, code: "LEASE_LOST",
                message: "the worker could not confirm its lease and stopped the run")
        }
    }
}
