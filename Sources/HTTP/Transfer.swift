import CCurl
import EventLoop

/// One request on its way: libcurl's handle, the pure state, the bytes not yet read, and who waits.
///
/// Unchecked `Sendable`: wraps a C handle and is touched on the client's event loop only; other
/// threads merely carry the reference.
final class Transfer: @unchecked Sendable {
    /// What comes before the body.
    struct Head: Sendable {
        var status: Int
        var headers: HTTPHeaders
    }

    /// Whom the next event wakes; a transfer has at most one.
    enum Waiter {
        case response(CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>)
        case head(CheckedContinuation<Result<Head, HTTPError>, Never>)
        case chunk(CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>)
    }

    let request: HTTPRequest
    let url: RequestURL
    /// Whether the body is read piece by piece; then only this much of it is kept unread.
    let streamBuffer: Int?
    var easy: EasyHandle?
    var state: TransferState
    var waiter: Waiter?
    private(set) var outcome: Result<Void, HTTPError>?
    private var unread: [UInt8] = []
    private var uploaded = 0
    private let loop: EventLoop
    private let onDeadline: @Sendable (Transfer, HTTPError.Deadline) -> Void
    private var timer: EventLoop.Timer?
    private var armedFor: ContinuousClock.Instant?

    init(
        _ request: HTTPRequest, url: RequestURL, streamBuffer: Int?, loop: EventLoop,
        onDeadline: @escaping @Sendable (Transfer, HTTPError.Deadline) -> Void
    ) {
        self.request = request
        self.url = url
        self.streamBuffer = streamBuffer
        self.loop = loop
        self.onDeadline = onDeadline
        state = TransferState(limits: TransferLimits(request), started: .now)
    }

    // MARK: Events from libcurl

    /// Copies the next part of the request's body to `buffer`.
    func upload(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request.body else { return 0 }
        let count = min(buffer.count, body.count - uploaded)
        body.withUnsafeBytes { bytes in
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[uploaded...].prefix(count)))
        }
        uploaded += count
        state.sentSome(at: .now)
        return count
    }

    /// A connection is ready; `address` is its numeric peer address. False ends the transfer.
    func connected(to address: String?) -> Bool {
        let allowed = request.addressPolicy.allows(address.flatMap { IPAddress($0) })
        state.connected(allowed: allowed, at: .now)
        arm()
        // A second connection after the request has left on the first, if with a part of its body
        // only: that is gone, and the server may have acted on it.
        let isRepeat = uploaded > 0 || easy?.sentBytes ?? 0 > 0
        return allowed && !(isRepeat && request.body?.isEmpty == false)
    }

    /// Judges an address before a socket is opened to it.
    func mayConnect(to address: IPAddress?) -> Bool {
        let allowed = request.addressPolicy.allows(address)
        state.judgedAddress(allowed: allowed)
        return allowed
    }

    /// One header line; false ends the transfer.
    func header(_ line: UnsafeRawBufferPointer) -> Bool {
        switch state.header(line, at: .now) {
        case .abort:
            return false
        case .headComplete:
            if case .head(let continuation) = waiter {
                waiter = nil
                continuation.resume(
                    returning: .success(Head(status: state.status, headers: state.headers)))
            } else if let length = state.headers["Content-Length"].flatMap({ Int($0) }) {
                unread.reserveCapacity(min(max(0, length), request.maxBodyBytes, 256 << 10))
            }
        case .proceed:
            break
        }
        return true
    }

    /// What to tell libcurl about body bytes it offers.
    enum BodyVerdict {
        case taken
        case pause
        case abort
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyVerdict {
        if let streamBuffer, !unread.isEmpty, unread.count + bytes.count > streamBuffer {
            // libcurl keeps the bytes and offers them again.
            state.paused()
            return .pause
        }
        guard state.received(bytes.count, at: .now) else { return .abort }
        unread.append(contentsOf: bytes)
        if case .chunk(let continuation) = waiter {
            waiter = nil
            continuation.resume(returning: .success(takeUnread()))
        }
        return .taken
    }

    // MARK: Reading

    /// The bytes that have arrived since the last call.
    func takeUnread() -> [UInt8] {
        defer { unread = [] }
        return unread
    }

    /// What a reader gets without waiting: bytes, the end (nil), or a failure. Nil when it must
    /// wait.
    func readNow() -> Result<[UInt8]?, HTTPError>? {
        if !unread.isEmpty { return .success(takeUnread()) }
        return outcome?.map { nil }
    }

    // MARK: End

    /// Records how the transfer ended, unless it has ended before, and wakes whoever waits.
    func finish(_ outcome: Result<Void, HTTPError>) {
        if self.outcome == nil { self.outcome = outcome }
        timer?.cancel()
        timer = nil
        deliverOutcome()
    }

    /// Wakes whoever waits on a transfer that has ended.
    func deliverOutcome() {
        guard let outcome, let waiter else { return }
        self.waiter = nil
        switch waiter {
        case .response(let continuation):
            continuation.resume(returning: outcome.map { response() })
        case .head(let continuation):
            let head = Head(status: state.status, headers: state.headers)
            continuation.resume(returning: outcome.map { head })
        case .chunk(let continuation):
            continuation.resume(returning: readNow() ?? .success(nil))
        }
    }

    private func response() -> HTTPResponse {
        HTTPResponse(
            status: state.status, headers: state.headers, body: takeUnread(),
            duration: state.started.duration(to: .now))
    }

    /// The failure in words, with what was sent read off the handle.
    func error(_ failure: TransferFailure, result: CurlResult? = nil) -> HTTPError {
        var cause = result.map { "\($0.text) (curl \($0.rawValue))" } ?? ""
        if let deadline = failure.deadline, result == nil {
            cause = "\(deadline.rawValue) deadline passed"
        }
        // Names of hosts, addresses and certificates help here; elsewhere libcurl's detail may
        // quote the peer.
        if [.resolve, .connect, .tls].contains(failure.code), let detail = easy?.errorMessage,
            !detail.isEmpty
        {
            cause += ": \(detail.prefix(200))"
        }
        let target = "\(request.method) \(url.redacted)"
        return HTTPError(
            code: failure.code, message: cause.isEmpty ? target : "\(target): \(cause)",
            mayHaveBeenSent: uploaded > 0 || (easy?.sentBytes ?? 0) > 0,
            deadline: failure.deadline)
    }

    // MARK: Deadlines

    /// Sets the alarm for the next deadline. One that rings early, because bytes moved meanwhile,
    /// is set again; bytes themselves touch no timer.
    func arm() {
        let next = state.nextDeadline
        if outcome != nil { return }
        if let armedFor, armedFor <= next { return }
        timer?.cancel()
        armedFor = next
        timer = loop.schedule(after: ContinuousClock.now.duration(to: next)) { [weak self] in
            self?.ring()
        }
    }

    private func ring() {
        armedFor = nil
        guard outcome == nil else { return }
        if let deadline = state.deadline(passedAt: .now) {
            onDeadline(self, deadline)
        } else {
            arm()
        }
    }
}
