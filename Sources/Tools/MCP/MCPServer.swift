import EventLoop
import JSON
import Synchronization

/// One server: connected on first use, connected again when it died, its era and its tools
/// remembered.
actor MCPServer {
    private struct Session: Sendable {
        let connection: any MCPConnection
        let era: MCPEra
        /// Tells sessions apart.
        let number: Int
    }

    nonisolated let plugin: String
    nonisolated let definition: MCPServerDefinition
    private nonisolated let opener: MCPOpener
    private nonisolated let list = Mutex<MCPToolList?>(nil)

    private var session: Session?
    private var opening: Promise<Session>?
    private var openingTask: Task<Void, Never>?
    private var loading: Promise<MCPToolList>?
    private var knownEra: MCPEra?
    private var lastNumber = 0
    /// Starts that failed and servers that died, since a request succeeded.
    private var failures = 0
    private var lastFailure = ContinuousClock.now
    private var isShutDown = false

    init(plugin: String, opener: MCPOpener) {
        self.plugin = plugin
        self.opener = opener
        definition = opener.definition
    }

    private nonisolated var limits: MCPLimits { opener.mcp }

    /// The tools as last listed; nil before the first time.
    nonisolated var tools: MCPToolList? { list.withLock { $0 } }

    /// The tools, asked for again when the list is too old. A list that cannot be renewed is used
    /// on.
    func currentTools(
        until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> MCPToolList {
        let known = tools
        if let known, known.isCurrent { return known }
        do {
            return try await (loading ?? beginLoading()).value(until: deadline, on: opener.loop)
        } catch {
            if let known, !error.isGivenUp { return known }
            throw error
        }
    }

    /// Sends a request in the era the server speaks. Sent again at most once, and only when the
    /// server certainly did not look at it.
    func send(
        until deadline: ContinuousClock.Instant, _ request: @Sendable (MCPEra) -> MCPRequest
    ) async throws(MCPFault) -> JSONValue {
        do {
            return try await sendOnce(until: deadline, request)
        } catch  where error.wasNotRead {
            return try await sendOnce(until: deadline, request)
        }
    }

    /// Stops the server; later requests fail.
    func shutdown() async {
        isShutDown = true
        opening?.fulfil(.failure(.shutdown))
        openingTask?.cancel()
        await openingTask?.value
        let session = self.session
        self.session = nil
        await session?.connection.close()
    }

    // MARK: Sessions

    private func sendOnce(
        until deadline: ContinuousClock.Instant, _ request: @Sendable (MCPEra) -> MCPRequest
    ) async throws(MCPFault) -> JSONValue {
        let session = try await openSession(until: deadline)
        do {
            let result = try await session.connection.exchange(
                request(session.era), until: deadline)
            failures = 0
            return result
        } catch {
            note(error, session)
            throw error
        }
    }

    private func note(_ fault: MCPFault, _ session: Session) {
        switch fault.kind {
        case .closed, .sessionLost: drop(session)
        default: break
        }
    }

    /// Forgets a session that is of no use any longer.
    private func drop(_ session: Session) {
        guard self.session?.number == session.number else { return }
        self.session = nil
        failures += 1
        lastFailure = .now
        Task { await session.connection.close() }
    }

    private func openSession(
        until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> Session {
        // Whoever waits here may find that another caller has opened a new one meanwhile.
        while let session {
            if await session.connection.isOpen { return session }
            drop(session)
        }
        if isShutDown { throw .shutdown }
        return try await (opening ?? beginOpening()).value(until: deadline, on: opener.loop)
    }

    /// Its own task: who waits may give up, the start goes on for the others.
    private func beginOpening() -> Promise<Session> {
        let promise = Promise<Session>()
        opening = promise
        openingTask = Task {
            let outcome = await connect()
            if case .success(let session) = outcome {
                self.session = session
            } else {
                failures += 1
                lastFailure = .now
            }
            opening = nil
            openingTask = nil
            promise.fulfil(outcome)
        }
        return promise
    }

    private func connect() async -> Result<Session, MCPFault> {
        do throws(MCPFault) {
            return .success(try await connectOnce())
        } catch {
            // Some servers of the old era end at a question they do not know.
            guard case .closed = error.kind, knownEra == nil, !isShutDown else {
                knownEra = nil
                return .failure(error)
            }
        }
        knownEra = .legacy(version: MCPEra.newestLegacyVersion)
        do throws(MCPFault) {
            return .success(try await connectOnce())
        } catch {
            knownEra = nil
            return .failure(error)
        }
    }

    private func connectOnce() async throws(MCPFault) -> Session {
        let pause = limits.restartPause(after: failures) - (.now - lastFailure)
        if pause > .zero { try? await Task.sleep(for: pause) }
        if isShutDown { throw .shutdown }
        let connection = try await opener.open { [weak self] in self?.expireTools() }
        do {
            let era = try await MCPHandshake(
                connection: connection, probeTimeout: limits.probeTimeout
            ).run(known: knownEra, until: .now + limits.startTimeout)
            knownEra = era
            lastNumber += 1
            return Session(connection: connection, era: era, number: lastNumber)
        } catch {
            await connection.close()
            throw error
        }
    }

    // MARK: Tools

    private nonisolated func expireTools() {
        list.withLock { $0 = $0?.expired }
    }

    private func beginLoading() -> Promise<MCPToolList> {
        let promise = Promise<MCPToolList>()
        loading = promise
        Task {
            let outcome = await load()
            if case .success(let tools) = outcome { list.withLock { $0 = tools } }
            loading = nil
            promise.fulfil(outcome)
        }
        return promise
    }

    private func load() async -> Result<MCPToolList, MCPFault> {
        do throws(MCPFault) {
            return .success(try await loadOnce())
        } catch {
            // Perhaps another server answers there now, of the other era.
            guard case .refused = error.kind, let session else { return .failure(error) }
            knownEra = nil
            drop(session)
        }
        do throws(MCPFault) {
            return .success(try await loadOnce())
        } catch {
            return .failure(error)
        }
    }

    private func loadOnce() async throws(MCPFault) -> MCPToolList {
        let deadline = ContinuousClock.now + limits.startTimeout * 2
        var values: [JSONValue] = []
        var cursors: Set<String> = []
        var cursor: String?
        var lifetime = limits.maxCatalogueLifetime
        repeat {
            let params: JSONObject = cursor.map { ["cursor": .string($0)] } ?? [:]
            let page = try await send(until: deadline) { MCPRequest("tools/list", params, era: $0) }
            guard let tools = page["tools"]?.arrayValue else {
                throw MCPFault(.invalidReply("the list of tools is not one"))
            }
            values += tools
            lifetime = min(lifetime, Self.lifetime(page) ?? limits.catalogueLifetime)
            cursor = page["nextCursor"]?.stringValue
            if let cursor, !cursors.insert(cursor).inserted || cursors.count >= limits.maxPages {
                throw MCPFault(.invalidReply("the list of tools has no end"))
            }
            guard values.count <= limits.maxTools else { throw MCPFault(.tooLarge) }
        } while cursor != nil
        return MCPToolList(
            values, plugin: plugin, definition: definition, expiry: .now + lifetime)
    }

    private static func lifetime(_ page: JSONValue) -> Duration? {
        page["ttlMs"]?.doubleValue.map { .milliseconds(Int(max(0, min($0, 1e12)))) }
    }
}

extension MCPFault {
    /// Whether the server certainly did not look at the request, and another try may go well.
    var wasNotRead: Bool {
        switch kind {
        case .sessionLost: true
        case .closed: !mayHaveActed
        default: false
        }
    }
}
