import CCurl
import EventLoop

/// libcurl's multi handle on an event loop: every transfer of a client on one thread, no locks.
///
/// libcurl says which sockets to watch and when to call again; the loop calls back. libcurl must
/// not be entered from its own callbacks, so those only note what the loop is to do.
actor CurlEngine {
    nonisolated let loop: EventLoop
    nonisolated let configuration: HTTPClientConfiguration
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let multi: MultiHandle
    private var transfers: [ObjectIdentifier: Transfer] = [:]
    private var isClosed = false
    private var alarm: EventLoop.Timer?
    /// When the alarm rings, and when libcurl wants to be called.
    private var alarmAt: ContinuousClock.Instant?
    private var callAt: ContinuousClock.Instant?

    init(loop: EventLoop, configuration: HTTPClientConfiguration) {
        self.loop = loop
        self.configuration = configuration
        multi = MultiHandle(configuration)
    }

    // MARK: Transfers

    /// Hands the transfer to libcurl, or ends it at once.
    func start(_ transfer: Transfer) {
        guard transfer.outcome == nil else { return transfer.deliverOutcome() }
        guard !isClosed else { return end(transfer, .shutdown) }
        // The task may have been cancelled before there was anything to cancel.
        guard !Task.isCancelled else { return end(transfer, .cancelled) }
        // Here, because an actor can't hand itself out in its own initialiser.
        if transfers.isEmpty { multi.setCallbacks(Unmanaged.passUnretained(self).toOpaque()) }
        guard
            let easy = EasyHandle(
                transfer.request, isTLS: transfer.url.isTLS, configuration: configuration,
                context: Unmanaged.passUnretained(transfer).toOpaque())
        else {
            let failure = TransferFailure(code: .protocolError)
            return transfer.finish(.failure(transfer.error(failure)))
        }
        transfer.easy = easy
        transfers[ObjectIdentifier(transfer)] = transfer
        transfer.arm()
        multi.add(easy)
    }

    /// Aborts a transfer: its connection is closed before this returns (HTTP/2: its stream).
    func end(_ transfer: Transfer, _ reason: TransferState.Abort) {
        guard transfer.outcome == nil else { return }
        transfer.state.end(reason)
        remove(transfer, .failure(transfer.error(TransferFailure(reason))))
    }

    /// Lets a transfer go on that was held back for its reader.
    func resume(_ transfer: Transfer) {
        guard transfer.state.isPaused, let easy = transfer.easy else { return }
        transfer.state.resumed(at: .now)
        transfer.arm()
        // May deliver what libcurl kept, from inside this call.
        curl_easy_pause(easy.raw, Int32(CCURL_PAUSE_CONTINUE))
        multi.timeout()
        settle()
    }

    /// Ends everything and frees the handle; the loop watches nothing of it afterwards.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        for transfer in transfers.values { end(transfer, .shutdown) }
        multi.close()
        alarm?.cancel()
        alarm = nil
    }

    private func remove(_ transfer: Transfer, _ outcome: Result<Void, HTTPError>) {
        if let easy = transfer.easy,
            transfers.removeValue(forKey: ObjectIdentifier(transfer)) != nil
        {
            multi.remove(easy)
        }
        transfer.easy = nil
        transfer.finish(outcome)
    }

    /// Ends what libcurl reports as done.
    private func settle() {
        while let (handle, result) = multi.nextFinished() {
            guard let transfer = multi.transfer(of: handle) else { continue }
            let failure = transfer.state.failure(result)
            remove(
                transfer,
                failure.map { .failure(transfer.error($0, result: result)) } ?? .success(()))
        }
    }

    // MARK: What libcurl asks of the loop

    /// Watches `socket` for `interest`, or no longer (nil).
    func watch(_ socket: Int32, _ interest: EventLoop.Interest?) {
        guard let interest else { return loop.unwatch(socket) }
        loop.watch(socket, interest) { [weak self] ready in
            self?.assumeIsolated { engine in
                guard !engine.isClosed else { return }
                engine.multi.ready(socket, ready)
                engine.settle()
            }
        }
    }

    /// libcurl wants to be called after `delay`, or no more (nil). It changes its mind with nearly
    /// every event, so an alarm that rings too early is left and set again when it rings.
    func callBack(after delay: Duration?) {
        callAt = delay.map { ContinuousClock.now + $0 }
        setAlarm()
    }

    private func setAlarm() {
        guard let callAt, !isClosed else { return }
        if let alarmAt, alarmAt <= callAt { return }
        alarm?.cancel()
        alarmAt = callAt
        alarm = loop.schedule(after: ContinuousClock.now.duration(to: callAt)) { [weak self] in
            self?.assumeIsolated { $0.alarmRang() }
        }
    }

    private func alarmRang() {
        alarmAt = nil
        guard let callAt, !isClosed else { return }
        guard callAt <= .now else { return setAlarm() }
        self.callAt = nil
        multi.timeout()
        settle()
    }
}
