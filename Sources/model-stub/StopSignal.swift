import Glibc

/// SIGTERM and SIGINT, waited for instead of handled.
struct StopSignal {
    private var signals = sigset_t()

    /// Blocks the signals in this thread and all it starts from now on.
    init() {
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Returns when a signal came, or, if asked for, when the parent process is gone.
    ///
    /// The parent is looked at five times a second: the kernel's own notice (PR_SET_PDEATHSIG)
    /// tells of the end of the thread that started this process, not of the process.
    mutating func wait(orDeathOf parent: pid_t?) {
        while true {
            var pause = timespec(tv_sec: parent == nil ? 3_600 : 0, tv_nsec: 200_000_000)
            if sigtimedwait(&signals, nil, &pause) > 0 { return }
            if let parent, getppid() != parent { return }
        }
    }
}
