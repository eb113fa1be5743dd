import JSON
import Journal

extension Journal {
    /// As `complete(_:with:step:activity:)`, with other models to ask when one fails in a way that
    /// another may not. Each try is a call of its own: its intent, its outcome and its price are
    /// recorded under `step`, `step.model2`, `step.model3` … `request.model` is replaced by the
    /// candidate's, and `request.timeout` covers them all.
    ///
    /// That a try failed is journalled (`<key>.verdict`) before the next is made, so a later
    /// attempt of the job goes on where this one stood and neither repeats a failed try nor pays
    /// for a second answer. When the last candidate has failed too, the ladder is over for this
    /// attempt; the next attempt begins it anew.
    ///
    /// A model whose provider's limits (a cool-down, a taken allowance) stop the call counts as one
    /// that failed: the next is asked at once. The run is held only when no candidate answers and
    /// one of them is to be had later.
    ///
    /// Throws the limit that ends soonest, else the first failure that time may mend, else the last
    /// one.
    public func complete(
        _ request: ChatRequest, on ladder: ModelLadder, step: String, activity: CallActivity
    ) async throws -> ChatReply {
        guard ladder.candidates.count > 1 else {
            return try await complete(
                request.asking(ladder.candidates[0].name), with: ladder.candidates[0].model,
                step: step, activity: activity)
        }
        let start = ContinuousClock.now
        var failures: [ModelError] = []
        var limits: [Suspension] = []
        var number = 1
        while true {
            let index = (number - 1) % ladder.candidates.count
            let candidate = ladder.candidates[index]
            if index == 0 { (failures, limits) = ([], []) }
            var asked = LadderTry(
                key: number == 1 ? step : "\(step).model\(number)", candidate: candidate,
                request: request.asking(candidate.name), activity: activity)
            asked.request.timeout -= start.duration(to: .now)
            switch try await make(asked, ladder.policy) {
            case .answered(let reply): return reply
            case .failed(let error, let limit, let isNew):
                failures.append(error)
                if let limit { limits.append(limit) }
                let isOver =
                    index == ladder.candidates.count - 1
                    || start.duration(to: .now) >= request.timeout
                if isNew, isOver {
                    let soonest = limits.min { ($0.holdFor ?? .zero) < ($1.holdFor ?? .zero) }
                    throw soonest ?? failures.first { !$0.isPermanent } ?? error
                }
            }
            number += 1
        }
    }

    private func make(_ asked: LadderTry, _ policy: FallbackPolicy) async throws -> LadderResult {
        var reply: ChatReply?
        var failure: ModelError?
        var limit: Suspension?
        let verdict = try await perform(asked.verdictStep) {
            do {
                reply = try await call(asked)
                return ["verdict": "answered"]
            } catch let error as ModelError where policy.leadsOn(error.failureClass) {
                failure = error
                return error.verdict
            } catch let stopped as Suspension
                where stopped.providerLimit.map(policy.leadsOn) == true
            {
                let error = ModelError(stopped)
                (failure, limit) = (error, stopped)
                return error.verdict
            }
        }
        if let reply { return .answered(reply) }
        if let failure { return .failed(failure, limit, isNew: true) }
        if verdict["verdict"] == "answered" { return .answered(try await call(asked)) }
        return .failed(ModelError(verdict: verdict), nil, isNew: false)
    }

    private func call(_ asked: LadderTry) async throws -> ChatReply {
        try await complete(
            asked.request, with: asked.candidate.model, step: asked.key, activity: asked.activity)
    }
}

/// One try of a ladder.
private struct LadderTry {
    let key: String
    let candidate: ModelCatalog.Resolved
    var request: ChatRequest
    let activity: CallActivity

    var verdictStep: JournalStep {
        JournalStep(
            key: "\(key).verdict", kind: .step,
            fingerprint: Fingerprint.of([
                .string(candidate.model.provider), .string(request.fingerprint),
            ]),
            effect: .none)
    }
}

private enum LadderResult {
    case answered(ChatReply)
    /// With the limit that stopped the call, if one did. `isNew` is false for a failure that an
    /// earlier attempt met.
    case failed(ModelError, Suspension?, isNew: Bool)
}

extension ModelError {
    /// A call that a limit of its provider kept from being made, or answered with.
    fileprivate init(_ limit: Suspension) {
        self.init(
            limit.failure?.failureClass ?? limit.providerLimit ?? .rateLimited,
            providerCode: limit.failure?.code ?? limit.key, message: limit.reason,
            retryAfter: limit.holdFor, spend: .none)
    }

    fileprivate var verdict: JSONValue {
        [
            "verdict": "failed", "class": .string(failureClass.rawValue),
            "code": .string(ledgerCode), "message": .string(message),
            "permanent": .bool(isPermanent),
        ]
    }

    /// A failure as an earlier attempt met it; it was accounted for then.
    fileprivate init(verdict: JSONValue) {
        self.init(
            FailureClass(rawValue: verdict["class"]?.stringValue ?? "") ?? .provider,
            providerCode: verdict["code"]?.stringValue,
            message: verdict["message"]?.stringValue ?? "", spend: .none,
            isPermanent: verdict["permanent"]?.boolValue ?? false)
    }
}

extension ChatRequest {
    fileprivate func asking(_ model: String) -> ChatRequest {
        var copy = self
        copy.model = model
        return copy
    }
}
