import Journal

extension ProviderGate {
    /// Waits in line for a permit; throws a hold when it is too far away.
    func takeAllowance(
        _ name: ProviderModel, tokens: Int, until deadline: ContinuousClock.Instant
    ) async throws {
        let wait = queues[name]?.expectedWait(tokens: tokens) ?? .zero
        guard .now + wait <= deadline else { throw hold(name, wait: wait, tokens: tokens) }
        let id = nextID()
        let end = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                permits[id] = continuation
                queues[name, default: PermitQueue()].arrive(
                    PermitQueue.Waiting(id: id, tokens: tokens, deadline: deadline), now: .now)
                advance(name)
            }
        } onCancel: {
            Task { await leave(name, id) }
        }
        switch end {
        case .ready: return
        case .late:
            let left = queues[name]?.expectedWait(tokens: tokens) ?? .zero
            throw hold(name, wait: left, tokens: tokens)
        case .stopped: throw CancellationError()
        }
    }

    private func leave(_ name: ProviderModel, _ id: Int) {
        guard let waiting = permits.removeValue(forKey: id) else { return }
        queues[name]?.leave(id)
        waiting.resume(returning: .stopped)
        advance(name)
    }

    /// Performs the next step of a queue.
    private func advance(_ name: ProviderModel) {
        guard let step = queues[name]?.step(now: .now) else { return }
        release(step.ready, .ready)
        release(step.late, .late)
        alarms.removeValue(forKey: name)?.cancel()
        if let again = step.again {
            alarms[name] = Task {
                guard (try? await Task.sleep(until: again, clock: .continuous)) != nil else {
                    return
                }
                advance(name)
            }
        }
        if let demand = step.demand { Task { await lease(name, demand) } }
    }

    private func release(_ ids: [Int], _ end: PermitEnd) {
        for id in ids { permits.removeValue(forKey: id)?.resume(returning: end) }
    }

    private func lease(_ name: ProviderModel, _ demand: AllowanceDemand) async {
        do {
            let grant = try await store.lease(name, worker: worker, demand)
            queues[name]?.leased(grant, now: .now)
            if grant == .unlimited { release(queues[name]?.open() ?? [], .ready) }
        } catch {
            queues[name]?.leaseFailed(now: .now)
            tell(.failed("no slice of \(name) was leased: \(error)"))
        }
        advance(name)
    }

    /// The hold of a run whose permit is `wait` away.
    private func hold(_ name: ProviderModel, wait: Duration, tokens: Int) -> Suspension {
        let duration = returns[name, default: ReturnLine()].hold(
            wait: wait, callsPerSecond: queues[name]?.callsPerSecond(tokens: tokens),
            patience: patience, now: .now)
        let limit = state.limits[name] ?? state.limits[name.whole] ?? LearnedLimit()
        let figures = [
            limit.requests.map { "\(Int($0.rounded())) requests" },
            limit.tokens.map { "\(Int($0.rounded())) tokens" },
        ].compactMap { $0 }.joined(separator: " and ")
        return .limit(
            key: Suspension.ratePrefix + name.description,
            reason: "the allowance of \(name) (\(figures) per minute) is taken; the next permit is "
                + "about \(Int((wait / .seconds(1)).rounded(.up))) s away", for: duration)
    }
}
