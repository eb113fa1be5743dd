@testable import Worker

/// A simulated process: its tasks prefer it as their executor, so that it can be stopped between
/// any two of them (SIGSTOP), or killed.
// Unchecked: like all of a simulation, touched by its one thread only.
final class Process: TaskExecutor, @unchecked Sendable {
    let number: Int
    let scheduler: Scheduler
    private(set) var isFrozen = false
    private(set) var isDead = false
    private var frozen: [UnownedJob] = []
    /// What its tasks wait for: each is told `false` when the process dies or the task is cancelled.
    private var waits: [Int: UnsafeContinuation<Bool, Never>] = [:]
    private var lastWait = 0
    private var root: Task<Void, Never>?

    init(number: Int, on scheduler: Scheduler) {
        self.number = number
        self.scheduler = scheduler
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isFrozen { frozen.append(job) } else { scheduler.enqueue(job, of: self) }
    }

    func start(_ body: @escaping @Sendable () async -> Void) {
        root = Task(executorPreference: self) { await body() }
    }

    /// SIGSTOP: nothing of it runs; what it waits for happens all the same.
    func freeze() {
        guard !isDead, !isFrozen else { return }
        frozen = scheduler.withdraw(self)
        isFrozen = true
    }

    /// SIGCONT.
    func thaw() {
        guard isFrozen else { return }
        isFrozen = false
        for job in frozen { scheduler.enqueue(job, of: self) }
        frozen = []
    }

    /// SIGKILL: nothing that it does from now on has an effect. Its tasks are told to end, only so
    /// that their memory is given back.
    func kill() {
        guard !isDead else { return }
        isDead = true
        thaw()
        root?.cancel()
        for id in waits.keys.sorted() { finish(id, false) }
    }

    var timing: Timing {
        Timing(
            now: { [scheduler] in scheduler.now },
            sleep: { [self] in try await rest(for: $0) },
            chance: { [scheduler] in scheduler.chance.unit() })
    }

    func rest(for time: Duration) async throws {
        let isOver = await wait { finish in self.scheduler.after(time) { finish() } }
        if !isOver { throw CancellationError() }
    }

    /// Waits until what `begin` is given is called; false when the process died or the task was
    /// cancelled before.
    func wait(_ begin: (_ finish: @escaping () -> Void) -> Void) async -> Bool {
        guard !isDead, !Task.isCancelled else { return false }
        lastWait += 1
        let id = lastWait
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                waits[id] = continuation
                begin { self.finish(id, true) }
            }
        } onCancel: {
            finish(id, false)
        }
    }

    private func finish(_ id: Int, _ answer: Bool) {
        waits.removeValue(forKey: id)?.resume(returning: answer)
    }
}
