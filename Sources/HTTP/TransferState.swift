/// What one transfer has seen so far and what follows from it: limits, deadlines, the meaning of
/// its end. No socket and no clock; instants are handed in.
struct TransferState {
    /// Where the transfer stands.
    enum Phase {
        /// Waits for a connection, or makes one. Then: awaiting.
        case connecting
        /// The request goes out or its response is awaited. Then: body; awaiting again, when
        /// libcurl found a reused connection dead and opens another.
        case awaiting
        /// The header section is complete, the body arrives. The last phase.
        case body
    }

    /// Why we ended a transfer that libcurl would have gone on with.
    enum Abort: Hashable {
        case bodyTooLarge
        case headersTooLarge
        case addressRefused
        case cancelled
        case shutdown
        case deadline(HTTPError.Deadline)
    }

    /// What a header line leads to.
    enum HeaderVerdict {
        case proceed
        case headComplete
        case abort
    }

    let limits: TransferLimits
    let started: ContinuousClock.Instant
    private(set) var phase = Phase.connecting
    private(set) var status = 0
    private(set) var headers = HTTPHeaders()
    private(set) var abort: Abort?
    private(set) var isPaused = false
    private(set) var bodyBytes = 0
    private var headerBytes = 0
    private var lastActivity: ContinuousClock.Instant
    private var refusedAnAddress = false
    private var openedASocket = false

    init(limits: TransferLimits, started: ContinuousClock.Instant) {
        self.limits = limits
        self.started = started
        lastActivity = started
    }

    // MARK: Events

    /// An address was judged before connecting to it.
    mutating func judgedAddress(allowed: Bool) {
        if allowed { openedASocket = true } else { refusedAnAddress = true }
    }

    /// A connection is ready and the request about to go out.
    mutating func connected(allowed: Bool, at now: ContinuousClock.Instant) {
        guard allowed else { return end(.addressRefused) }
        phase = .awaiting
        lastActivity = now
    }

    /// Request bytes were handed over for sending.
    mutating func sentSome(at now: ContinuousClock.Instant) {
        lastActivity = now
    }

    /// One header line with its line end: the status line, a field, the empty line, or a trailer.
    mutating func header(
        _ line: UnsafeRawBufferPointer, at now: ContinuousClock.Instant
    ) -> HeaderVerdict {
        lastActivity = now
        headerBytes += line.count
        guard headerBytes <= limits.maxHeaderBytes else {
            end(.headersTooLarge)
            return .abort
        }
        // Trailers count, but nobody asked for them.
        guard phase != .body else { return .proceed }
        switch HeaderLine(line) {
        case .status(let code):
            status = code
            headers = HTTPHeaders()
        case .field(let name, let value):
            headers.add(name, value)
        case .continuation(let text):
            headers.extendLast(text)
        case .end where status >= 200 || status == 101:
            phase = .body
            return .headComplete
        case .end, .malformed:
            break
        }
        return .proceed
    }

    /// Body bytes arrived; false when they exceed the limit and the transfer must end.
    mutating func received(_ count: Int, at now: ContinuousClock.Instant) -> Bool {
        lastActivity = now
        bodyBytes += count
        if bodyBytes > limits.maxBodyBytes { end(.bodyTooLarge) }
        return abort == nil
    }

    /// The reader has enough for now: silence is no longer the server's.
    mutating func paused() {
        isPaused = true
    }

    /// The reader wants more.
    mutating func resumed(at now: ContinuousClock.Instant) {
        isPaused = false
        lastActivity = now
    }

    /// We end the transfer; the first reason stands.
    mutating func end(_ reason: Abort) {
        if abort == nil { abort = reason }
    }

    // MARK: Decisions

    /// When to look at the deadlines next. That of the connect phase is libcurl's, which alone
    /// knows when waiting for a free connection ended.
    var nextDeadline: ContinuousClock.Instant {
        let total = started + limits.total
        return phase == .connecting || isPaused ? total : min(total, lastActivity + limits.idle)
    }

    /// The deadline that has passed at `now`, if any.
    func deadline(passedAt now: ContinuousClock.Instant) -> HTTPError.Deadline? {
        guard now >= nextDeadline else { return nil }
        return now >= started + limits.total ? .total : .idle
    }

    /// How the transfer failed, given libcurl's result; nil when the response is complete.
    func failure(_ result: CurlResult) -> TransferFailure? {
        if let abort { return TransferFailure(abort) }
        if result.isSuccess {
            // libcurl takes a header section that is cut for one that ended.
            return phase == .body ? nil : TransferFailure(code: .truncated)
        }
        if result == .couldNotConnect, refusedAnAddress, !openedASocket {
            return TransferFailure(code: .addressRefused)
        }
        return TransferFailure(result, phase: phase)
    }
}
