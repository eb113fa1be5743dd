import Testing

/// That the simulation can fail: what is broken on purpose is found, and called what it is.
@Suite("simulation of broken parts", .serialized)
struct MutationTests {
    /// What the auditor says of each.
    static let names: [Mutation: String] = [
        .noFence: "I3", .fenceByState: "I3", .rescueIgnoresHeartbeats: "self-fence",
        .orphansStay: "stuck", .noSelfFence: "self-fence", .settlerForgets: "lost",
        .noReplay: "I9", .drainWithoutEnd: "I10",
    ]

    @Test("each is found within twenty thousand jobs", arguments: Mutation.allCases)
    func campaign(mutation: Mutation) async throws {
        let totals = await Campaign(
            first: 1, jobs: 20_000, mutation: mutation, stopsAtFailure: true
        ).run()
        let name = try #require(Self.names[mutation])
        #expect(totals.failures.contains { $0.contains(name) }, "\(totals)")
        print("\(mutation): \(totals.failures.first ?? "not found")")
    }
}
