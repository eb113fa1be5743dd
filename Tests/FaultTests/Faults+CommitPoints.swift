import Foundation
import JSON
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    @Test("kill -9 at every write of the straight path, its transaction committed or rolled back")
    func killedAtPoints() async throws {
        try await Rig.play("worker kill -9, each write of each transaction", crew: 1) { rig in
            try await CommitPoint.prepare(rig.scene.pool)
            let connection = try await PostgresConnection.connect(
                PostgresConfiguration(
                    connectionString: rig.scene.url, applicationName: "tests"),
                on: TestDatabase.loop)
            for round in 0..<FaultCount.rounds {
                for (number, point) in CommitPoint.all.enumerated() {
                    // Enough of each kind that the point is reached.
                    try await rig.feed(upTo: 9)
                    try await point.hold(connection, commits: (number + round) % 2 == 0) {
                        try await rig.kill(0)
                    }
                    try await rig.struck()
                }
            }
            await connection.close()
            try await rig.recovers()
        }
    }
}
