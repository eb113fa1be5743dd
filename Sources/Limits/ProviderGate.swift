import FoundationEssentials
import Journal

/// The gate of one worker: before each model call it looks at the fleet's cool-downs and takes a
/// permit of the fleet's allowance; after it, what the provider said goes back to the fleet.
///
/// A call waits here, in its job's slot, for `patience` at most; what would take longer ends as a
/// hold, which needs no slot and uses no attempt.
public actor ProviderGate: CallGate {
    let store: ProviderStore
    let worker: UUID
    let policy: CooldownPolicy
    let patience: Duration
    let tell: @Sendable (GateNotice) -> Void

    var board = CooldownBoard()
    var state = ProviderState()
    var queues: [ProviderModel: PermitQueue] = [:]
    var returns: [ProviderModel: ReturnLine] = [:]
    var slowStarts: [ProviderModel: SlowStart] = [:]
    /// Calls on their way.
    var calls: [ProviderModel: Int] = [:]
    /// The probes of this worker that are on their way, and what they find out about.
    var probes: [UUID: ProviderModel] = [:]
    /// What this worker is about to claim a probe of: one call asks for all of its calls.
    var claiming: Set<ProviderModel> = []

    private var lastID = 0
    /// Calls in a pause.
    private var pauses: [Int: CheckedContinuation<Void, Never>] = [:]
    /// Calls in a queue.
    var permits: [Int: CheckedContinuation<PermitEnd, Never>] = [:]
    var alarms: [ProviderModel: Task<Void, Never>] = [:]

    enum PermitEnd: Sendable {
        case ready
        case late
        case stopped
    }

    init(
        store: ProviderStore, worker: UUID, policy: CooldownPolicy, patience: Duration,
        tell: @escaping @Sendable (GateNotice) -> Void
    ) {
        self.store = store
        self.worker = worker
        self.policy = policy
        self.patience = patience
        self.tell = tell
    }

    public func admit(_ intent: CallIntent) async throws -> CallPermit {
        let name = ProviderModel(provider: intent.provider, model: intent.model)
        let tokens = max(0, intent.estimatedInputTokens) + max(0, intent.maxOutputTokens ?? 0)
        var permit = CallPermit(provider: name.provider, model: name.model, tokens: tokens)
        let deadline = ContinuousClock.now + patience
        var hasAllowance = false
        do {
            while true {
                try Task.checkCancellation()
                switch board.verdict(name, now: .now) {
                case .closed(let key, let cooldown, let until):
                    guard until <= deadline else { throw hold(key, cooldown, until: until) }
                    try await pause(until: until)
                case .due(let key, let cooldown):
                    if let probe = try await probe(key) {
                        permit.probe = probe
                        break
                    }
                    guard .now < deadline else { throw hold(key, cooldown, until: deadline) }
                    continue
                case .open:
                    if let until = slowStart(name) {
                        try await pause(until: until)
                        continue
                    }
                    if !hasAllowance, state.isLimited(name) {
                        try await takeAllowance(name, tokens: tokens, until: deadline)
                        hasAllowance = true
                        // The model may have been closed meanwhile.
                        continue
                    }
                    calls[name, default: 0] += 1
                    return permit
                }
                if permit.probe != nil {
                    calls[name, default: 0] += 1
                    return permit
                }
            }
        } catch {
            if hasAllowance { queues[name]?.giveBack(tokens: tokens) }
            throw error
        }
    }

    /// When a call may go on at the earliest that slow start keeps back; nil when it need not wait.
    private func slowStart(_ name: ProviderModel) -> ContinuousClock.Instant? {
        guard let start = slowStarts[name] else { return nil }
        let now = ContinuousClock.now
        guard let most = start.most(at: now) else {
            slowStarts[name] = nil
            return nil
        }
        return calls[name, default: 0] < most ? nil : start.nextStep(after: now)
    }

    /// Sleeps until then, or until something changed.
    func pause(until time: ContinuousClock.Instant) async throws {
        let id = nextID()
        let alarm = Task {
            try? await Task.sleep(until: time, clock: .continuous)
            wake(id)
        }
        defer { alarm.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { pauses[id] = $0 }
        } onCancel: {
            Task { await wake(id) }
        }
        try Task.checkCancellation()
    }

    private func wake(_ id: Int) {
        pauses.removeValue(forKey: id)?.resume()
    }

    /// Has every pausing call look again.
    func wakeAll() {
        for id in Array(pauses.keys) { wake(id) }
    }

    func nextID() -> Int {
        lastID += 1
        return lastID
    }
}
