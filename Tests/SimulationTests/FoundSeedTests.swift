import Testing

/// Seeds that once failed, kept.
@Suite("simulation of seeds that failed")
struct FoundSeedTests {
    /// `maintain_queue` reached the database later than a lease after it was sent, with a list of
    /// what its worker held that was as old: it took back a job that this worker had claimed
    /// meanwhile and ran. The list now goes with the time it was made.
    @Test("late maintenance takes nothing from its own worker")
    func lateMaintenance() {
        let report = Trial(seed: 14).run()
        #expect(report.ownTaken == 0)
        #expect(report.violations == [])
    }

    /// In this the fleet had no worker left once its last one, told to stop, had ended: a fault of
    /// the simulation.
    @Test("a worker that was told to stop does not count as one that stays")
    func lastWorker() {
        #expect(Trial(seed: 217).run().violations == [])
    }

    /// In this a worker that was stopped for longer than its lease took back, once it went on, what
    /// it had claimed just before: its lease was over, so that anybody might. A fault of the auditor.
    @Test("a worker whose lease is over takes its own jobs back like anybody else")
    func lapsed() {
        #expect(Trial(seed: 8284).run().violations == [])
    }
}
