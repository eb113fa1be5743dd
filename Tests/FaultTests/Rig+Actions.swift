import Foundation
import JSON
import Postgres
import TestSupport
import WorkerTestSupport

extension Rig {
    /// Waits until a worker of the crew runs a job.
    func works(_ worker: TestProcess) async throws {
        try await eventually(within: .seconds(30), "a job that runs on \(worker.pid)") {
            try await scene.count(
                "jobs j JOIN workers w ON w.id = j.worker_id",
                where: "j.state = 'running' AND w.pid = \(worker.pid)") > 0
        }
    }

    /// Waits until the agent's counters exist: they are the hot rows.
    func hasCounters() async throws {
        try await feed(12)
        try await eventually(within: .seconds(30), "the agent's counters") {
            let counters = try await scene.count("agent_stats")
            let metrics = try await scene.count("agent_intensity_metrics")
            return counters > 0 && metrics > 0
        }
    }

    /// Throws unless these workers, and no others, are the crew and run.
    func holds(_ pids: [pid_t]) throws {
        guard crew.map(\.pid) == pids, crew.allSatisfy(\.isRunning) else {
            throw SceneError(description: "a worker ended or was restarted")
        }
    }

    /// Runs a shell command to its successful end.
    func shell(_ command: String) async throws {
        let process = try TestProcess("/bin/sh", ["-c", command])
        guard try await process.waitForExit(timeout: .seconds(60)) == .code(0) else {
            throw SceneError(description: "\(command): \(process.stderr)")
        }
    }

    /// A connection of the test's own.
    func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: scene.url, applicationName: "tests"),
            on: TestDatabase.loop)
    }

    /// Waits until one of these workers logs a line that contains `part`.
    func line(_ part: String, of workers: [TestProcess], within limit: Duration) async throws {
        try await eventually(within: limit, "a line with \(part) of a worker") {
            workers.contains { $0.lines.contains { $0.text.contains(part) } }
        }
    }

    /// Does something to the backends of the crew.
    func backends(_ function: String) async throws {
        _ = try await patiently {
            try await scene.pool.query(
                """
                SELECT \(function)(pid) FROM pg_stat_activity
                WHERE application_name = 'agent-worker' AND datname = current_database()
                """)
        }
    }
}
