import Testing

/// That the simulation can fail: what is broken on purpose is found by some seed, and by the seed
/// that first found it.
@Suite("simulation of broken parts")
struct MutationTests {
    /// The first seeds that found them, from a campaign over seeds from 1 on.
    static let found: [(Mutation, UInt64, String)] = [
        (.noFence, 1, "I3"), (.fenceByState, 1, "I3"),
        (.rescueIgnoresHeartbeats, 1, "self-fence"), (.orphansStay, 5, "stuck"),
        (.noSelfFence, 3, "self-fence"), (.settlerForgets, 4, "lost"), (.noReplay, 2, "I9"),
        (.drainWithoutEnd, 9, "I10"),
    ]

    @Test("each is found by the first forty seeds", arguments: Mutation.allCases)
    func campaign(mutation: Mutation) async throws {
        let totals = await Campaign(
            first: 1, jobs: 40 * 85, mutation: mutation, stopsAtFailure: true
        ).run()
        #expect(totals.failures.count >= 1)
        let known = try #require(Self.found.first { $0.0 == mutation })
        #expect(totals.failures.contains { $0.contains(known.2) }, "\(totals.failures)")
    }
}
