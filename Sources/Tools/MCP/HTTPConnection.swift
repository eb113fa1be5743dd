import EventLoop
import FoundationEssentials
import HTTP
import JSON
import Synchronization

/// A server reached by streamable HTTP: each message a POST, each answer JSON or a stream of events.
final class HTTPConnection: MCPConnection {
    private struct State {
        var lastID = 0
        /// The old era's session, as the answer to `initialize` names it.
        var sessionID: String?
        var isClosed = false
    }

    /// Longer ones are not ours to keep.
    private static let maxSessionBytes = 1024
    /// Time for what nobody waits for: taking a call back, ending a session.
    private static let farewellTimeout = Duration.seconds(5)

    private let url: String
    private let headers: [(name: String, value: String)]
    private let policy: AddressPolicy
    private let client: HTTPClient
    private let limits: ToolLimits
    private let mask: SecretMask
    private let onListChange: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        url: String, headers: [(name: String, value: String)], policy: AddressPolicy,
        client: HTTPClient, limits: ToolLimits, mask: SecretMask,
        onListChange: @escaping @Sendable () -> Void
    ) {
        self.url = url
        self.headers = headers
        self.policy = policy
        self.client = client
        self.limits = limits
        self.mask = mask
        self.onListChange = onListChange
    }

    var isOpen: Bool { state.withLock { !$0.isClosed } }

    func exchange(
        _ request: MCPRequest, until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> JSONValue {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let body = JSONRPCMessage.request(
            id: id, method: request.method, params: request.wireParams)
        var post = try post(body, era: request.era, until: deadline)
        if request.era == .modern { request.describe(in: &post.headers) }
        do {
            return try await answer(to: post, id: id, request, until: deadline)
        } catch {
            takeBack(id, request, error)
            throw error
        }
    }

    func notify(
        _ method: String, era: MCPEra, until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) {
        try await deliver(JSONRPCMessage.notification(method), era: era, until: deadline)
    }

    func close() async {
        let session = state.withLock { state in
            state.isClosed = true
            return state.sessionID
        }
        guard let session else { return }
        var request = HTTPRequest(method: "DELETE", url: url)
        for (name, value) in headers { request.headers.add(name, value) }
        request.headers["Mcp-Session-Id"] = session
        request.addressPolicy = policy
        request.totalTimeout = Self.farewellTimeout
        _ = try? await client.send(request)
    }

    // MARK: Requests

    private func post(
        _ message: JSONValue, era: MCPEra?, until deadline: ContinuousClock.Instant
    ) throws(MCPFault) -> HTTPRequest {
        let remaining = deadline - .now
        guard remaining > .zero else { throw .timeout }
        var request = HTTPRequest(method: "POST", url: url, body: message.serializedBytes)
        guard (request.body?.count ?? 0) <= limits.maxRequestBytes else {
            throw MCPFault(.requestTooLarge)
        }
        for (name, value) in headers { request.headers.add(name, value) }
        request.headers["Content-Type"] = "application/json"
        request.headers["Accept"] = "application/json, text/event-stream"
        if let era { request.headers["MCP-Protocol-Version"] = era.version }
        if era != .modern, let session = state.withLock({ $0.sessionID }) {
            request.headers["Mcp-Session-Id"] = session
        }
        limit(&request, remaining)
        return request
    }

    private func limit(_ request: inout HTTPRequest, _ remaining: Duration) {
        request.totalTimeout = remaining
        request.idleTimeout = remaining
        request.connectTimeout = min(request.connectTimeout, remaining)
        request.maxBodyBytes = limits.maxResponseBytes
        request.addressPolicy = policy
    }

    /// Sends what is not answered: 202, or any other success.
    private func deliver(
        _ message: JSONValue, era: MCPEra?, until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) {
        let request = try post(message, era: era, until: deadline)
        let response: HTTPResponse
        do {
            response = try await client.send(request)
        } catch {
            throw MCPFault(.http(error))
        }
        guard (200..<300).contains(response.status) else {
            throw MCPFault(.status(response.status, retryAfter: nil))
        }
    }

    /// In the old era a lost connection is no cancellation, so it is told; in the new one the end
    /// of the stream is.
    private func takeBack(_ id: Int, _ request: MCPRequest, _ fault: MCPFault) {
        guard fault.isGivenUp, fault.mayHaveActed, request.isCancellable, let era = request.era,
            era != .modern
        else { return }
        Task {
            try? await deliver(
                JSONRPCMessage.cancellation(of: id), era: era,
                until: .now + Self.farewellTimeout)
        }
    }

    // MARK: Answers

    private func answer(
        to post: HTTPRequest, id: Int, _ request: MCPRequest,
        until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> JSONValue {
        let response = try await stream(post)
        guard (200..<300).contains(response.status) else {
            throw await refusal(response, era: request.era)
        }
        if request.method == MCPRequest.initialization.method { keepSession(response.headers) }
        let type = response.headers["Content-Type"]?.lowercased() ?? ""
        guard type.hasPrefix("text/event-stream") else {
            let bytes = try await collect(response.body)
            guard type.hasPrefix("application/json"), let value = try? JSONValue(parsing: bytes),
                let result = try result(in: value, id: id)
            else { throw MCPFault(.invalidReply("the answer is no message"), mayHaveActed: true) }
            return result
        }
        var events = EventReader(maxBytes: limits.maxResponseBytes)
        if let result = try await read(response.body, &events, id: id, request, deadline) {
            return result
        }
        return try await resume(&events, id: id, request, until: deadline)
    }

    private func stream(_ request: HTTPRequest) async throws(MCPFault) -> HTTPStreamingResponse {
        do {
            return try await client.stream(request)
        } catch {
            throw MCPFault(error)
        }
    }

    private func keepSession(_ headers: HTTPHeaders) {
        guard let session = headers["Mcp-Session-Id"], session.utf8.count <= Self.maxSessionBytes,
            session.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return }
        state.withLock { $0.sessionID = session }
    }

    private func collect(_ body: HTTPBody) async throws(MCPFault) -> [UInt8] {
        var bytes: [UInt8] = []
        var iterator = body.makeAsyncIterator()
        do {
            while let chunk = try await iterator.next() { bytes += chunk }
        } catch {
            throw MCPFault(error)
        }
        return mask.masked(bytes)
    }

    /// The result of our request among what came; nil when it is not there.
    private func result(in value: JSONValue, id: Int) throws(MCPFault) -> JSONValue? {
        for value in value.arrayValue ?? [value] {
            switch JSONRPCMessage(value) {
            case .result(let other, let result) where other.intValue == id: return result
            // An error without an id of ours can only be about the request it answers.
            case .error(let other, let error) where other.intValue.map({ $0 == id }) ?? true:
                throw MCPFault(.refused(error), mayHaveActed: true)
            case .notification("notifications/tools/list_changed"): onListChange()
            default: break
            }
        }
        return nil
    }

    /// Reads events until the result; nil when the stream ends, or breaks, without it.
    private func read(
        _ body: HTTPBody, _ events: inout EventReader, id: Int, _ request: MCPRequest,
        _ deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> JSONValue? {
        var iterator = body.makeAsyncIterator()
        while true {
            let chunk: [UInt8]?
            do {
                chunk = try await iterator.next()
            } catch {
                // What may still come by another way.
                if [.truncated, .reset].contains(error.code) { return nil }
                throw MCPFault(error)
            }
            guard let chunk else { return nil }
            for data in try events.append(chunk) {
                let bytes = mask.masked(Array(data.utf8))
                guard let value = try? JSONValue(parsing: bytes) else { continue }
                if let result = try result(in: value, id: id) { return result }
                await answerRequest(value, era: request.era, until: deadline)
            }
        }
    }

    private func answerRequest(
        _ value: JSONValue, era: MCPEra?, until deadline: ContinuousClock.Instant
    ) async {
        guard case .request(let id, let method)? = JSONRPCMessage(value) else { return }
        let answer = JSONRPCMessage.answer(toRequest: id, method: method)
        try? await deliver(answer, era: era, until: min(deadline, .now + Self.farewellTimeout))
    }

    /// A stream of the old era that gave its events ids goes on where it broke off; the server
    /// works on meanwhile.
    private func resume(
        _ events: inout EventReader, id: Int, _ request: MCPRequest,
        until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> JSONValue {
        while request.era != .modern, let pause = events.nextResumption() {
            guard let last = events.lastID, deadline - .now > pause else { break }
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw MCPFault(.cancelled, mayHaveActed: true)
            }
            var get = try post(.null, era: request.era, until: deadline)
            get.method = "GET"
            get.body = nil
            get.headers["Content-Type"] = nil
            get.headers["Accept"] = "text/event-stream"
            get.headers["Last-Event-ID"] = last
            do {
                let response = try await stream(get)
                guard response.status == 200 else { break }
                if let result = try await read(response.body, &events, id: id, request, deadline) {
                    return result
                }
            } catch  where !error.isGivenUp && !error.isAnswer {
                continue
            }
        }
        throw MCPFault(.closed, mayHaveActed: true)
    }

    /// What an error status means.
    private func refusal(_ response: HTTPStreamingResponse, era: MCPEra?) async -> MCPFault {
        let status = response.status
        let delay = RetryAfter.delay(in: response.headers, now: Date())
        let bytes = (try? await collect(response.body)) ?? []
        let hasSession = era != .modern && state.withLock { $0.sessionID != nil }
        // 404 by the protocol; older servers answer 400 to a session they do not know.
        if hasSession, status == 404 || status == 400 { return MCPFault(.sessionLost) }
        if let value = try? JSONValue(parsing: bytes),
            case .error(_, let error)? = JSONRPCMessage(value),
            status < 500, ![401, 403, 429].contains(status)
        {
            return MCPFault(.refused(error))
        }
        return MCPFault(
            .status(status, retryAfter: delay), mayHaveActed: status >= 500 || status == 408)
    }
}
