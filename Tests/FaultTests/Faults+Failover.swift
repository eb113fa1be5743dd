import Foundation
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    @Test("the primary is lost and the standby promoted, commits waiting for the standby")
    func synchronousFailover() async throws {
        try await failOver("failover, synchronous", synchronous: true, lag: nil)
    }

    @Test("the primary is lost and the standby promoted, commits not waiting: some may be gone")
    func asynchronousFailover() async throws {
        try await failOver("failover, asynchronous", synchronous: false, lag: .milliseconds(700))
    }

    private func failOver(_ name: String, synchronous: Bool, lag: Duration?) async throws {
        for _ in 0..<FaultCount.rounds {
            try await Cluster.run(synchronous: synchronous) { cluster in
                try await Rig.play(name, at: cluster.url, crew: 2, mayForget: !synchronous) { rig in
                    let crew = rig.crew.map(\.pid)
                    try await rig.feed(upTo: 24)
                    for worker in rig.crew { try await rig.works(worker) }
                    async let lost: Void = cluster.failOver(lag: lag)
                    // Acknowledged up to the last moment.
                    for _ in 0..<20 { try? await rig.feed(3) }
                    try await lost
                    try await rig.struck()
                    try await rig.recovers()
                    try rig.holds(crew)
                }
            }
        }
    }

    @Test("workers behind PgBouncer in transaction mode, which is killed and comes back")
    func pooled() async throws {
        try await Rig.play("PgBouncer, transaction mode, killed", crew: 0) { rig in
            guard let bouncer = try await Bouncer.start(rig.scene) else { return }
            let settings = [
                "DATABASE_URL": bouncer.url, "AGENT_WORKER_POOLING": "transaction",
                "AGENT_WORKER_LISTEN_URL": rig.scene.url, "AGENT_WORKER_POLL_INTERVAL": "60s",
            ]
            try rig.join(nil, settings)
            try rig.join(nil, settings.merging(["AGENT_WORKER_POLL_INTERVAL": "200ms"]) { $1 })
            for worker in rig.crew { try await worker.waitForLine(containing: "worker ready") }
            for _ in 0..<(3 * FaultCount.rounds) {
                try await rig.feed(upTo: 24)
                for worker in rig.crew { try await rig.works(worker) }
                try await bouncer.kill()
                try await rig.struck()
                try await rig.recovers()
            }
            // Every session of the server is PgBouncer's but those that listen.
            let direct = try await rig.scene.count(
                "pg_stat_activity",
                where: """
                    datname = current_database() AND application_name = 'agent-worker'
                    AND query LIKE 'LISTEN%'
                    """)
            #expect(direct == 2)
            try rig.holds(rig.crew.map(\.pid))
        }
    }
}
