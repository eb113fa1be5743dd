import JSON
import Synchronization

/// The stub's behaviour: a request goes in, the plan of its answer comes out. Knows no sockets.
final class Stub: Sendable {
    private let settings: StubSettings
    private let state: Mutex<StubState>
    private let started = ContinuousClock.now

    init(settings: StubSettings, script: Script) {
        self.settings = settings
        state = Mutex(StubState(script: script, settings: settings))
    }

    /// Decides the answer to a request and enters it in the log.
    func answer(_ request: StubRequest) -> Delivery {
        if var reply = control(request) {
            reply.keepsAlive = request.keepsAlive
            return Delivery(reply)
        }
        var record = RequestRecord(request, number: nextNumber(), at: elapsed)
        var (reply, fault) = decide(request, &record)
        reply.keepsAlive = reply.keepsAlive && request.keepsAlive
        var delivery = Delivery(reply, fault: fault)
        record.status = delivery.sendsAnything ? reply.status : nil
        record.fault = fault?.description
        delivery.requestNumber = record.number
        state.withLock { $0.log.begin(record) }
        return delivery
    }

    /// Notes that a delivery came to its end, or that the client left before.
    func ended(_ delivery: Delivery, clientClosed: Bool) {
        guard let number = delivery.requestNumber else { return }
        let now = elapsed.wholeMilliseconds
        state.withLock { $0.log.end(number: number, at: now, clientClosed: clientClosed) }
    }

    // MARK: Control

    /// The answer to requests about the stub itself, which are neither logged nor struck by faults.
    private func control(_ request: StubRequest) -> HTTPReply? {
        switch (request.method, request.path) {
        case ("GET", "/healthz"):
            return HTTPReply(json: ["status": "ok"])
        case ("GET", "/stub/requests"):
            return HTTPReply(json: state.withLock { $0.log.json })
        case ("DELETE", "/stub/requests"):
            state.withLock {
                $0.log.reset()
                $0.tools = ToolSide()
            }
            return HTTPReply(json: ["status": "reset"])
        case ("GET", "/stub/script"):
            return HTTPReply(json: state.withLock { $0.script.usesJSON })
        case ("POST", "/stub/script"):
            do {
                let script = try Script(text: request.body)
                state.withLock { $0.script = script }
                return HTTPReply(json: ["entries": .init(script.entries.count)])
            } catch {
                return RequestError(code: "invalid_script", param: nil, message: "\(error)").reply
            }
        default:
            return nil
        }
    }

    // MARK: Replies

    private func decide(
        _ request: StubRequest, _ record: inout RequestRecord
    ) -> (HTTPReply, Fault?) {
        let endpoint = ModelEndpoint(request)
        do {
            let chat = try endpoint.map { try ChatRequestBody(request, endpoint: $0) }
            record.model = chat?.model
            record.streams = chat?.streams ?? false
            let (picked, rolled) = state.withLock { state in
                (
                    state.script.take(path: request.path, chat: chat),
                    chat == nil ? nil : state.rolledFault(settings)
                )
            }
            record.scriptEntry = picked?.position
            let asked = try (request.header("x-stub-fault") ?? chat?.faultName).map(Fault.init)
            let fault = asked ?? picked?.entry.fault ?? rolled
            let reply =
                chat.map { self.reply(to: $0, entry: picked?.entry, fault, record) }
                ?? self.reply(to: request, entry: picked?.entry, fault)
            return (endpoint.map(reply.error(inTheWordsOf:)) ?? reply, fault)
        } catch {
            let refused =
                error as? RequestError
                ?? RequestError(code: "unknown_fault", param: nil, message: "\(error)")
            return (endpoint.map(refused.reply.error(inTheWordsOf:)) ?? refused.reply, nil)
        }
    }

    /// The reply to a request to the model.
    private func reply(
        to chat: ChatRequestBody, entry: ScriptEntry?, _ fault: Fault?, _ record: RequestRecord
    ) -> HTTPReply {
        let now = elapsed
        let limit = settings.requestsPerMinute ?? 0
        let verdict = state.withLock { $0.limiter?.take(at: now) }
        var reply: HTTPReply
        if let verdict, !verdict.isAllowed {
            reply = .providerError(status: 429)
        } else {
            reply =
                HTTPReply(inPlace: fault)
                ?? completion(for: chat, entry: entry, fault, number: record.number)
        }
        // What is done in the background takes its time after the answer.
        reply.latency = chat.isBackground ? .zero : entry?.latency ?? settings.latency
        reply.headers += [
            (
                chat.endpoint == .messages ? "request-id" : "x-request-id",
                "req-stub-\(record.number)"
            ),
            ("openai-processing-ms", String(reply.latency.wholeMilliseconds)),
        ]
        reply.headers += verdict?.headers(limit: limit) ?? []
        reply.headers += entry?.headers ?? []
        return reply
    }

    private func completion(
        for chat: ChatRequestBody, entry: ScriptEntry?, _ fault: Fault?, number: Int
    ) -> HTTPReply {
        var completion =
            entry?.reply.map { Completion($0) } ?? CompletionAuthor(chat: chat).write()
        completion.apply(fault)
        completion.account(promptTokens: chat.promptTokens, scripted: entry?.usage, fault: fault)
        let renderer = renderer(for: chat, fault, number: number)
        if chat.isBackground, let renderer = renderer as? ResponsesRenderer {
            let readyAt = elapsed + (entry?.latency ?? settings.latency)
            let final = renderer.reply(completion)
            return state.withLock { $0.background.submit(renderer, final, readyAt: readyAt) }
        }
        return chat.streams
            ? renderer.stream(completion, includesUsage: chat.includesUsage)
            : renderer.reply(completion)
    }

    private func renderer(
        for chat: ChatRequestBody, _ fault: Fault?, number: Int
    ) -> any ReplyRenderer {
        let created = Clock.secondsSince1970
        switch chat.endpoint {
        case .chatCompletions:
            return CompletionRenderer(
                number: number, model: chat.model, created: created, fault: fault)
        case .responses:
            return ResponsesRenderer(
                number: number, model: chat.model, created: created, fault: fault)
        case .messages: return MessagesRenderer(number: number, model: chat.model, fault: fault)
        }
    }

    /// The reply to everything that does not ask the model.
    private func reply(
        to request: StubRequest, entry: ScriptEntry?, _ fault: Fault?
    ) -> HTTPReply {
        var reply =
            HTTPReply(inPlace: fault) ?? scripted(entry) ?? models(request)
            ?? background(request) ?? state.withLock { $0.tools.reply(to: request) }
            ?? .error(
                status: 404, type: "invalid_request_error", code: "unknown_url",
                message: "Unknown request URL: \(request.method) \(request.path)")
        if let poison = Poison(fault), let json = try? JSONValue(parsing: reply.body) {
            reply.pieces = [poison.outerBytes(poison.marking(json).serializedBytes)]
        }
        reply.latency = entry?.latency ?? reply.latency
        reply.headers += entry?.headers ?? []
        return reply
    }

    private func background(_ request: StubRequest) -> HTTPReply? {
        let now = elapsed
        return state.withLock { $0.background.reply(to: request, at: now) }
    }

    private func scripted(_ entry: ScriptEntry?) -> HTTPReply? {
        switch entry?.reply {
        case .json(let value): HTTPReply(json: value)
        case .content(let text, _), .refusal(let text):
            HTTPReply(status: 200, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
        case .toolCalls, nil: nil
        }
    }

    private func models(_ request: StubRequest) -> HTTPReply? {
        guard request.path == "/v1/models" else { return nil }
        let names = ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "o4-mini"]
        return HTTPReply(json: [
            "object": "list",
            "data": .array(
                names.map { name in
                    [
                        "id": .string(name), "object": "model", "created": 1_700_000_000,
                        "owned_by": "model-stub",
                    ]
                }),
        ])
    }

    private var elapsed: Duration { ContinuousClock.now - started }

    private func nextNumber() -> Int { state.withLock { $0.log.takeNumber() } }
}
