import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    @Test("Patroni hands over in good order")
    func patroniSwitchover() async throws {
        try await patroni("Patroni: switchover") { try await $0.switchOver() }
    }

    @Test("Patroni's leader is lost, its server with it")
    func patroniKilled() async throws {
        try await patroni("Patroni: leader killed") { try await $0.killLeader() }
    }

    @Test("The leader's Patroni hangs while the other member is promoted: two servers take writes")
    func patroniPaused() async throws {
        try await patroni("Patroni: two primaries") { try await $0.splitBrain() }
    }

    private func patroni(
        _ name: String, _ strike: @escaping @Sendable (Patroni) async throws -> Void
    ) async throws {
        try await Patroni.run { patroni in
            try await Rig.play(name, at: patroni.url, crew: 2) { rig in
                let crew = rig.crew.map(\.pid)
                for _ in 0..<FaultCount.rounds {
                    try await rig.feed(upTo: 24)
                    for worker in rig.crew { try await rig.works(worker) }
                    async let struck: Void = strike(patroni)
                    // Acknowledged up to the last moment.
                    for _ in 0..<20 { try? await rig.feed(3) }
                    try await struck
                    try await rig.struck()
                    try await rig.recovers(within: .seconds(60))
                    _ = try await patroni.leader()
                }
                try rig.holds(crew)
            }
        }
    }
}
