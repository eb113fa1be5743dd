import EventLoop
import Glibc
import JSON

/// A server that is a child process: one JSON message a line, answers in any order.
///
/// Pinned to its event loop, which watches the descriptors. Messages are parsed there too: at most
/// `ToolLimits.maxResponseBytes`, some milliseconds.
actor StdioConnection: MCPConnection {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private static let chunkBytes = 64 << 10
    /// Read before the loop's other descriptors get their turn.
    private static let maxChunks = 16

    private let child: ChildProcess
    private let grace: Duration
    private let maxRequestBytes: Int
    private let mask: SecretMask
    private let onListChange: @Sendable () -> Void
    private var lines: LineSplitter
    private var outbox: Outbox
    private var pending: [Int: Promise<JSONValue>] = [:]
    private var lastID = 0
    private var isEnded = false
    private var isInputClosed = false

    private init(
        _ child: ChildProcess, loop: EventLoop, limits: ToolLimits, mcp: MCPLimits,
        mask: SecretMask, onListChange: @escaping @Sendable () -> Void
    ) {
        self.child = child
        self.loop = loop
        self.mask = mask
        self.onListChange = onListChange
        grace = mcp.shutdownGrace
        maxRequestBytes = limits.maxRequestBytes
        lines = LineSplitter(maxBytes: limits.maxResponseBytes)
        outbox = Outbox(maxBytes: mcp.maxQueuedBytes)
    }

    deinit {
        child.signal(SIGKILL)
        let (input, output) = (child.input, child.output)
        let (isEnded, isInputClosed) = (isEnded, isInputClosed)
        loop.execute { [loop] in
            if !isInputClosed {
                loop.unwatch(input)
                Glibc.close(input)
            }
            if !isEnded {
                loop.unwatch(output)
                Glibc.close(output)
            }
        }
    }

    /// Starts the process and listens to it.
    static func open(
        _ command: [String], environment: [String], loop: EventLoop, limits: ToolLimits,
        mcp: MCPLimits, mask: SecretMask, onListChange: @escaping @Sendable () -> Void
    ) async throws(MCPFault) -> StdioConnection {
        let child = try await ChildProcess.start(command, environment: environment)
        let connection = StdioConnection(
            child, loop: loop, limits: limits, mcp: mcp, mask: mask, onListChange: onListChange)
        await connection.listen()
        return connection
    }

    var isOpen: Bool { !isEnded && !isInputClosed }

    func exchange(
        _ request: MCPRequest, until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> JSONValue {
        guard isOpen else { throw MCPFault(.closed) }
        lastID += 1
        let id = lastID
        let message = JSONRPCMessage.request(
            id: id, method: request.method, params: request.wireParams)
        try send(message, id: id)
        let promise = Promise<JSONValue>()
        pending[id] = promise
        do {
            return try await promise.value(until: deadline, on: loop)
        } catch {
            throw giveUp(id, request, error)
        }
    }

    func notify(
        _ method: String, era: MCPEra, until deadline: ContinuousClock.Instant
    ) throws(MCPFault) {
        guard isOpen else { throw MCPFault(.closed) }
        try send(JSONRPCMessage.notification(method), id: nil)
    }

    /// The end of its input asks a server to end; then the signals do.
    func close() async {
        closeInput()
        let exit = child.exit
        for signal in [SIGTERM, SIGKILL] {
            if await ended(exit) { break }
            child.signal(signal)
        }
        _ = await ended(exit)
        end(.shutdown)
    }

    private func ended(_ exit: Promise<Void>) async -> Bool {
        // Its own task: a caller that was cancelled must not shorten the way down.
        let (loop, grace) = (loop, grace)
        return await Task {
            (try? await exit.value(until: .now + grace, on: loop)) != nil
        }.value
    }

    // MARK: Requests

    private func send(_ message: JSONValue, id: Int?) throws(MCPFault) {
        let bytes = message.serializedBytes
        guard bytes.count <= maxRequestBytes, outbox.add(bytes, id: id) else {
            throw MCPFault(.requestTooLarge)
        }
        write()
    }

    /// What became of a request whose caller does not wait any longer.
    private func giveUp(_ id: Int, _ request: MCPRequest, _ fault: MCPFault) -> MCPFault {
        // Not there: the fault came from the server's side and says itself what is known.
        guard pending.removeValue(forKey: id) != nil else { return fault }
        if outbox.withdraw(id) { return fault }
        if request.isCancellable, isOpen {
            try? send(JSONRPCMessage.cancellation(of: id), id: nil)
        }
        return MCPFault(fault.kind, mayHaveActed: true)
    }

    private func settle(_ id: JSONValue, _ outcome: Result<JSONValue, MCPFault>) {
        guard let number = id.intValue else { return }
        pending.removeValue(forKey: number)?.fulfil(outcome)
    }

    // MARK: Reading

    private func listen() async {
        resumeReading()
        Task { [weak self, child, loop] in
            // Past any deadline: the process tells when it has ended.
            _ = try? await child.exit.value(until: .now + .seconds(1 << 40), on: loop)
            await self?.processEnded()
        }
    }

    private func resumeReading() {
        let failure = loop.watch(child.output, .read) { [weak self] _ in
            self?.assumeIsolated { $0.read() }
        }
        if failure != 0 { end(.closed) }
    }

    private func processEnded() {
        // What it wrote before it died still counts.
        while !isEnded, readChunk() {}
        end(.closed)
    }

    private func read() {
        for _ in 0..<Self.maxChunks {
            guard !isEnded, readChunk() else { return }
        }
    }

    /// Reads once; false when there is nothing more for now.
    private func readChunk() -> Bool {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, count in
            let read = Glibc.read(child.output, buffer.baseAddress, buffer.count)
            if read < 0 { failure = errno }
            count = max(0, read)
        }
        guard !bytes.isEmpty else {
            if failure == EINTR { return true }
            if failure == EAGAIN { return false }
            child.signal(SIGKILL)
            end(.closed)
            return false
        }
        for line in lines.append(bytes) {
            switch line {
            case .whole(let bytes): take(bytes)
            case .tooLong(let head): takeTooLong(head)
            }
        }
        return true
    }

    /// What is no message is passed over: some servers print to their standard output.
    private func take(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: mask.masked(bytes)) else { return }
        // 2025-03-26 allowed several messages in an array.
        for value in value.arrayValue ?? [value] {
            switch JSONRPCMessage(value) {
            case .result(let id, let result): settle(id, .success(result))
            case .error(let id, let error):
                settle(id, .failure(MCPFault(.refused(error), mayHaveActed: true)))
            case .request(let id, let method):
                try? send(JSONRPCMessage.answer(toRequest: id, method: method), id: nil)
            case .notification("notifications/tools/list_changed"): onListChange()
            case .notification, nil: break
            }
        }
    }

    /// Without an id to be read any of the requests may be the one that was answered.
    private func takeTooLong(_ head: [UInt8]) {
        let ids = ReplyHead.id(head).map { [$0] } ?? Array(pending.keys)
        for id in ids where outbox.isWritten(id) {
            settle(JSONValue(id), .failure(MCPFault(.tooLarge, mayHaveActed: true)))
        }
    }

    // MARK: Writing

    /// Writes what the server takes, and waits for it to take more. SIGPIPE is blocked on this
    /// thread, as every signal is.
    private func write() {
        while !outbox.isEmpty, !isInputClosed {
            let count = outbox.next.withUnsafeBytes {
                Glibc.write(child.input, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                outbox.wrote(count)
            } else if errno == EAGAIN {
                _ = loop.watch(child.input, .write) { [weak self] _ in
                    self?.assumeIsolated { $0.write() }
                }
                return
            } else if errno != EINTR {
                // Its output tells the rest: replies already written are still read.
                closeInput()
            }
        }
        if !isInputClosed { loop.unwatch(child.input) }
    }

    // MARK: The end

    private func closeInput() {
        guard !isInputClosed else { return }
        isInputClosed = true
        loop.unwatch(child.input)
        Glibc.close(child.input)
    }

    private func end(_ kind: MCPFault.Kind) {
        guard !isEnded else { return }
        isEnded = true
        closeInput()
        loop.unwatch(child.output)
        Glibc.close(child.output)
        for (id, promise) in pending {
            promise.fulfil(.failure(MCPFault(kind, mayHaveActed: outbox.isWritten(id))))
        }
        pending = [:]
    }
}
