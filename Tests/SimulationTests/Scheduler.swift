import Glibc

/// One thread that runs the tasks of all simulated processes: of those that are ready it picks one
/// by chance, and when none is, virtual time jumps to what happens next. So a seed decides every
/// interleaving.
// Unchecked: like all of a simulation, touched by its one thread only.
final class Scheduler: @unchecked Sendable {
    // Unchecked: everything of a simulation is touched by the thread that made it only; `enqueue`
    // checks that.
    private let thread = pthread_self()
    private var ready: [(process: Process, job: UnownedJob)] = []
    private var timers = Timers()
    private let start = ContinuousClock.now

    var chance: Chance
    /// Virtual time since the beginning.
    private(set) var time = Duration.zero
    /// More than ever run in one instant.
    static let mostHops = 300_000
    /// Whether tasks went on for ever without letting time pass.
    private(set) var runsInCircles = false
    /// How many pieces of tasks ran.
    private(set) var hops = 0
    /// Sums up what ran when: two runs of a seed have the same.
    private(set) var trace: UInt64 = 0

    init(seed: UInt64) {
        chance = Chance(seed: seed)
    }

    var now: ContinuousClock.Instant { start + time }

    func enqueue(_ job: UnownedJob, of process: Process) {
        precondition(pthread_equal(thread, pthread_self()) != 0, "a task escaped the simulation")
        ready.append((process, job))
    }

    /// Takes what is ready of a process out of the turn.
    func withdraw(_ process: Process) -> [UnownedJob] {
        let jobs = ready.filter { $0.process === process }.map(\.job)
        ready.removeAll { $0.process === process }
        return jobs
    }

    func after(_ pause: Duration, _ action: @escaping () -> Void) {
        timers.plan(at: time + max(.zero, pause), action)
    }

    /// Runs until `isOver`, asked whenever time is about to pass, or until nothing can happen any
    /// more, or until the moment.
    func run(until end: Duration, _ isOver: () -> Bool) {
        while true {
            let before = hops
            while !ready.isEmpty {
                step()
                guard hops - before < Self.mostHops else {
                    runsInCircles = true
                    return
                }
            }
            guard !isOver(), let next = timers.next, next <= end else { return }
            time = max(time, next)
            let action = timers.removeFirst()
            action()
        }
    }

    private func step() {
        let place = chance.int(0, ready.count - 1)
        ready.swapAt(place, ready.count - 1)
        let (process, job) = ready.removeLast()
        hops += 1
        trace =
            (trace &* 31) &+ UInt64(place) &+ UInt64(process.number) &* 7919
            &+ UInt64(truncatingIfNeeded: time.components.attoseconds / 1_000_000_000)
        job.runSynchronously(on: process.asUnownedTaskExecutor())
    }
}
