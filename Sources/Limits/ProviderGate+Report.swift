import FoundationEssentials
import Journal

extension ProviderGate {
    public func answered(_ permit: CallPermit, limits: RateLimitReport?) async {
        returned(permit)
        hear(limits, of: name(permit))
        if let probe = permit.probe, let probed = probes[probe] { await end(probed, probe) }
    }

    public func withdrawn(_ permit: CallPermit) async {
        returned(permit)
        if permit.probe == nil { queues[name(permit)]?.giveBack(tokens: permit.tokens) }
        await withdraw(permit.probe)
    }

    public func failed(
        _ permit: CallPermit, with error: any Error, job: Int64
    ) async -> Suspension? {
        returned(permit)
        let report = error as? any ProviderReporting
        hear(report?.rateLimits, of: name(permit))
        switch report?.providerSign {
        case .refused(let refusal): return await refused(permit, refusal, job: job)
        case .answered:
            if let probe = permit.probe, let probed = probes[probe] { await end(probed, probe) }
        case .silent where !Task.isCancelled:
            await strike(permit, job: job)
        case .silent, nil: await withdraw(permit.probe)
        }
        return nil
    }

    private func name(_ permit: CallPermit) -> ProviderModel {
        ProviderModel(provider: permit.provider, model: permit.model)
    }

    private func returned(_ permit: CallPermit) {
        let name = name(permit)
        calls[name] = calls[name].flatMap { $0 > 1 ? $0 - 1 : nil }
        if slowStarts[name] != nil { wakeAll() }
    }

    private func withdraw(_ probe: UUID?) async {
        guard let probe, let probed = probes.removeValue(forKey: probe) else { return }
        // Unheard, its time ends by itself.
        try? await store.withdrawProbe(probed, probe: probe)
    }

    /// Closes what refused a call, to this worker at once and to the fleet.
    private func refused(
        _ permit: CallPermit, _ refusal: ProviderRefusal, job: Int64
    ) async -> Suspension? {
        let closed = refusal.kind == .quota ? name(permit).whole : name(permit)
        let probe = await probe(of: permit, refusing: closed)
        let begun = await begin(closed, refusal, probe: probe, job: job)
        let until = ContinuousClock.now + begun.left
        let cooldown = Cooldown(
            kind: refusal.kind, reason: refusal.reason, until: until, line: begun.line)
        board.close(closed, cooldown, now: .now)
        wakeAll()
        if begun.isNew {
            tell(.closed(closed, refusal.kind, reason: refusal.reason, for: begun.left))
            if refusal.kind == .quota { tell(.stopped(closed, line: begun.line)) }
        }
        if refusal.kind != .quota, begun.refusals >= policy.mostRefusals { return nil }
        var suspension = hold(closed, cooldown, until: until)
        suspension.failure = refusal.failure
        return suspension
    }

    /// The refused call when it probed what refused it. Having probed something else, it has told
    /// all there is to tell of that: another may probe a model whose provider turned out to be
    /// stopped, and a provider that refuses but one model pays again.
    private func probe(of permit: CallPermit, refusing closed: ProviderModel) async -> UUID? {
        guard let probe = permit.probe, let probed = probes[probe] else { return nil }
        if probed == closed {
            probes[probe] = nil
            return probe
        }
        if probed == closed.whole {
            await end(probed, probe)
        } else {
            await withdraw(probe)
        }
        return nil
    }

    private func begin(
        _ name: ProviderModel, _ refusal: ProviderRefusal, probe: UUID?, job: Int64
    ) async -> ProviderStore.Begun {
        do {
            return try await store.begin(name, refusal, policy, probe: probe, job: job)
        } catch {
            tell(.failed("the cool-down of \(name) was not told: \(error)"))
            let waits = policy.waits(after: refusal)
            return ProviderStore.Begun(
                left: waits.asked ?? waits.first, isNew: true, refusals: 0,
                line: "\(name) refuses calls (\(refusal.reason))")
        }
    }

    /// A probe without an answer, or with a fault of the provider's, did not get through.
    private func strike(_ permit: CallPermit, job: Int64) async {
        guard let probe = permit.probe, let probed = probes.removeValue(forKey: probe),
            let cooldown = board.cooldowns[probed]
        else { return }
        let refusal = ProviderRefusal(
            kind: cooldown.kind, retryAfter: nil, reason: cooldown.reason,
            failure: RunFailure(.provider, code: "", message: cooldown.reason))
        _ = await begin(probed, refusal, probe: probe, job: job)
        await refresh()
    }

    /// Learns from what the headers said.
    private func hear(_ report: RateLimitReport?, of name: ProviderModel) {
        guard let report else { return }
        queues[name]?.heard(
            requests: report.requests?.remaining, tokens: report.tokens?.remaining, now: .now)
        guard let news = LearnedLimit(report).news(to: state.learned[name]) else { return }
        state.learned[name] = LearnedLimit(
            requests: news.requests ?? state.learned[name]?.requests,
            tokens: news.tokens ?? state.learned[name]?.tokens)
        Task {
            do {
                try await store.learn(name, news)
                tell(.learned(name, requests: news.requests, tokens: news.tokens))
            } catch {
                // The next answer says it again, once the state was read anew.
                tell(.failed("the limits of \(name) were not written: \(error)"))
            }
        }
    }
}
