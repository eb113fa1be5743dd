import FoundationEssentials
import Testing

/// What `deploy/simulate` runs.
@Suite("simulation by command")
struct LongSimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["SIMULATE_SEED"].flatMap { UInt64($0) }
    private static let jobs = environment["SIMULATE_JOBS"].flatMap { Int($0) }
    private static let mutation = environment["SIMULATE_MUTATION"].flatMap {
        Mutation(rawValue: $0)
    }

    @Test("a seed is played again", .enabled(if: seed != nil && jobs == nil))
    func replay() throws {
        let seed = try #require(Self.seed)
        let report = Trial(seed: seed, mutation: Self.mutation, isShown: true).run()
        print(report)
        #expect(report.violations == [])
    }

    @Test("as many jobs as were asked for", .enabled(if: jobs != nil))
    func many() async throws {
        let jobs = try #require(Self.jobs)
        let totals = await Campaign(
            first: Self.seed ?? 1, jobs: jobs, mutation: Self.mutation
        ).run()
        print(totals)
        #expect(totals.failures == [])
    }
}
