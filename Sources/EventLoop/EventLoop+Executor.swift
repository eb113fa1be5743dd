/// The executor side: jobs of pinned actors run on the loop's thread.
extension EventLoop {
    /// Queues a job of an actor that is pinned to this loop.
    public func enqueue(_ job: consuming ExecutorJob) {
        submit(.job(UnownedJob(job)))
    }

    /// The reference an actor returns from `unownedExecutor`.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Lets `assumeIsolated` work in a descriptor or timer handler, which runs on the right thread
    /// but outside any job.
    public func checkIsolated() {
        precondition(isCurrent, "not on event loop \(name)")
    }

    /// As `checkIsolated`, without the trap.
    public func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }
}
