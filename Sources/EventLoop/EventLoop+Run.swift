import CEventLoop

/// The thread's body: jobs, then descriptors, then timers, then sleep.
extension EventLoop {
    func runForever() -> Never {
        el_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        let executor = asUnownedSerialExecutor()
        let capacity = 256
        let events = UnsafeMutablePointer<el_event>.allocate(capacity: capacity)
        events.initialize(repeating: el_event(), count: capacity)
        var items: [Item] = []
        while true {
            inbox.withLock { inbox in
                swap(&inbox.items, &items)
                inbox.isSleeping = items.isEmpty
            }
            let isIdle = items.isEmpty
            for item in items {
                switch item {
                case .job(let job): job.runSynchronously(on: executor)
                case .body(let body): body()
                }
            }
            items.removeAll(keepingCapacity: true)
            if isIdle { armAlarm() }
            let count = el_poller_wait(poller, events, Int32(capacity), isIdle)
            if isIdle { inbox.withLock { $0.isSleeping = false } }
            for index in 0..<Int(count) { dispatch(events[index]) }
            fireTimers()
        }
    }

    private func dispatch(_ event: el_event) {
        let descriptor = Int32(truncatingIfNeeded: event.token)
        if descriptor == wake { return el_wake_drain(wake) }
        if descriptor == alarm {
            armed = .max
            return el_timer_drain(alarm)
        }
        // An earlier handler of this round may have closed the descriptor and opened another under
        // the same number: the generation tells whose event this is.
        guard let watch = watches[descriptor],
            watch.generation == UInt32(truncatingIfNeeded: event.token >> 32)
        else { return }
        var ready: Interest = []
        if event.events & UInt32(EL_READ) != 0 { ready.insert(.read) }
        if event.events & UInt32(EL_WRITE) != 0 { ready.insert(.write) }
        // Errors and hang-ups are found by whoever next reads or writes.
        if event.events & UInt32(EL_FAULT) != 0 { ready.formUnion(watch.interest) }
        if !ready.isEmpty { watch.handler(ready) }
    }

    private func fireTimers() {
        guard !timers.isEmpty else { return }
        let now = el_now()
        // Only what is due now: a timer scheduled by a timer for "at once" waits for the next
        // round, so that descriptors are served in between.
        for timer in timers.popDue(now) { timer.fire() }
    }

    /// Sets the alarm to the next timer. One that rings too early, because its timer was cancelled,
    /// costs one empty round.
    private func armAlarm() {
        guard let next = timers.nextDeadline, next < armed else { return }
        el_timer_arm(alarm, next)
        armed = next
    }
}
