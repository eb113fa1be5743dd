import Testing

/// The worker's real decisions against a database and handlers in memory, under a virtual clock: a
/// seed decides every interleaving and every fault. A failing seed is played again by
/// `deploy/simulate --seed N`.
@Suite("simulation")
struct SimulationTests {
    @Test("a seed comes to the same every time")
    func deterministic() {
        for seed in UInt64(1)...5 {
            let first = Trial(seed: seed).run()
            let second = Trial(seed: seed).run()
            #expect(first.trace == second.trace)
            #expect(first.hops == second.hops)
        }
    }

    @Test("without faults every job ends as its script says, and nothing is paid for twice")
    func quiet() {
        for seed in UInt64(1)...20 {
            let trial = Trial(seed: seed, faults: false)
            let report = trial.run()
            #expect(report.violations == [], "seed \(seed)")
        }
    }

    @Test("nothing is lost, doubled, paid for twice or stuck, whatever strikes")
    func faults() async {
        let totals = await Campaign(first: 1, jobs: 100_000).run()
        print(totals)
        #expect(totals.failures == [])
        #expect(totals.jobs >= 100_000)
    }
}
