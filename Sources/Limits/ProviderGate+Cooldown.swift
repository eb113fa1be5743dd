import FoundationEssentials
import Journal

extension ProviderGate {
    /// Asks for the one probe of a cool-down that is over; nil when another call makes it, or the
    /// database does not answer: then something has changed, or a pause has passed.
    func probe(_ name: ProviderModel) async throws -> UUID? {
        guard claiming.insert(name).inserted else {
            try await pause(until: .now + .seconds(1))
            return nil
        }
        defer {
            claiming.remove(name)
            wakeAll()
        }
        // Workers that wait for the same reset do not ask in the same instant.
        try await Task.sleep(for: .milliseconds(Int64.random(in: 0..<200)))
        let probe = UUID()
        do {
            if try await store.claimProbe(name, probe: probe, within: policy.probeLimit) {
                probes[probe] = name
                watch(probe)
                return probe
            }
            await refresh()
        } catch {
            tell(.failed("no probe of \(name) was claimed: \(error)"))
            try await Task.sleep(for: .milliseconds(500))
        }
        return nil
    }

    /// Counts a probe that takes long as one that got through.
    private func watch(_ probe: UUID) {
        Task {
            try? await Task.sleep(for: policy.probeGrace)
            if let name = probes[probe] { await end(name, probe) }
        }
    }

    /// Opens a model whose probe got through.
    func end(_ name: ProviderModel, _ probe: UUID) async {
        probes[probe] = nil
        do {
            try await store.end(name, probe: probe)
            board.open(name)
            opened(name)
        } catch {
            // The probe's time ends, and another is made.
            tell(.failed("the end of the cool-down of \(name) was not told: \(error)"))
        }
    }

    private func opened(_ name: ProviderModel) {
        if name.model != ProviderModel.everyModel, !state.isLimited(name) {
            slowStarts[name] = SlowStart(since: .now)
        }
        tell(.opened(name))
        wakeAll()
    }

    /// Reads limits and cool-downs anew. Called when the database says that they changed, and now
    /// and then.
    public func refresh() async {
        let asked = ContinuousClock.now
        let fresh: ProviderState
        do {
            fresh = try await store.state()
        } catch {
            return tell(.failed("limits and cool-downs were not read: \(error)"))
        }
        state = fresh
        let (ended, begun) = board.replace(with: fresh.cooldowns, asked: asked)
        for name in begun {
            guard let cooldown = fresh.cooldowns[name], cooldown.kind == .quota else { continue }
            tell(.stopped(name, line: cooldown.line))
        }
        for name in ended { opened(name) }
        wakeAll()
    }

    /// The hold of a run that meets a cool-down.
    func hold(
        _ name: ProviderModel, _ cooldown: Cooldown, until: ContinuousClock.Instant
    ) -> Suspension {
        // Spread over a second: what was held together does not return together.
        let left = max(.zero, until - .now) + .milliseconds(Int64.random(in: 100..<1100))
        return .limit(key: cooldown.key(name), reason: cooldown.line, for: left)
    }
}
