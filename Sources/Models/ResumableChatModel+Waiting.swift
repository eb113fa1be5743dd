import Journal

extension ResumableChatModel {
    public func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
        let id = try await submit(request)
        switch try await outcome(of: id, for: request) {
        case .finished(let reply): return reply
        case .failed(let error): throw error
        }
    }

    /// Waits for the end of a submitted call, for at most `request.timeout`; then the call is
    /// cancelled at the provider, because a response can stay queued for ever. Cancelling the task
    /// leaves it running: the worker may only be shutting down, and the next attempt fetches what
    /// was paid for.
    func outcome(
        of id: String, for request: ChatRequest
    ) async throws(ModelError) -> FinishedCall {
        let deadline = ContinuousClock.now + request.timeout
        var pause: Duration?
        var lastFault: ModelError?
        while true {
            do throws(ModelError) {
                switch try await poll(id, for: request) {
                case .finished(let reply): return .finished(reply)
                case .failed(let error): return .failed(error)
                case .pending: lastFault = nil
                }
            } catch {
                guard Self.mayPass(error) else { throw error }
                lastFault = error
            }
            let wait = max(polling.next(after: pause), lastFault?.retryAfter ?? .zero)
            pause = polling.next(after: pause)
            guard ContinuousClock.now + wait < deadline else { break }
            do {
                try await Task.sleep(for: wait)
            } catch {
                throw cancelled
            }
        }
        await cancel(id)
        throw lastFault.map { unanswered($0) } ?? overdue(request.timeout)
    }

    /// Asking again is free, so a fault of the line or the provider is waited out.
    private static func mayPass(_ error: ModelError) -> Bool {
        switch error.failureClass {
        case .transport, .provider, .rateLimited, .timeout: !error.isPermanent
        default: false
        }
    }

    private var cancelled: ModelError {
        ModelError(
            .cancelled, providerCode: "cancelled",
            message: "\(provider): the wait for a submitted call was cancelled", spend: .unknown)
    }

    private func overdue(_ limit: Duration) -> ModelError {
        ModelError(
            .timeout, providerCode: "poll_deadline",
            message: "\(provider): a submitted call had not ended after \(limit) and was cancelled",
            spend: .unknown)
    }

    /// The question failed, not the call: that was sent, and is perhaps billed.
    private func unanswered(_ fault: ModelError) -> ModelError {
        var error = fault
        error.spend = .unknown
        return error
    }
}

/// How a submitted call ended.
enum FinishedCall: Sendable, Hashable {
    case finished(ChatReply)
    case failed(ModelError)
}
