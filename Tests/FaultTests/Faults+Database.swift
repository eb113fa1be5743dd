import Foundation
import JSON
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    @Test("the database crashes and comes back under load, its workers never restarted")
    func immediateRestarts() async throws {
        try await restarts("Postgres immediate restart") { server in
            try await server.crash()
            try await server.revive()
        }
    }

    @Test("the database is restarted in good order under load")
    func fastRestarts() async throws {
        try await restarts("Postgres fast restart") { try await $0.restart() }
    }

    private func restarts(
        _ name: String, _ restart: (PrivateServer) async throws -> Void
    ) async throws {
        try await PrivateServer.run { server in
            try await Rig.play(name, on: server, crew: 2) { rig in
                let crew = rig.crew.map(\.pid)
                for round in 1...FaultCount.restarts {
                    try await rig.feed(upTo: 24)
                    for worker in rig.crew where round == 1 { try await rig.works(worker) }
                    try await Rig.pass(.milliseconds(Int.random(in: 0..<200)))
                    try await restart(server)
                    try await rig.recovers(within: .seconds(10))
                    try await rig.struck(look: FaultCount.restarts <= 20 || round % 20 == 0)
                }
                try rig.holds(crew)
            }
        }
    }

    @Test(
        "the connections of the workers are cut, or their statements cancelled",
        arguments: ["pg_terminate_backend", "pg_cancel_backend"])
    func backends(_ function: String) async throws {
        try await Rig.play(function, crew: 2) { rig in
            for round in 0..<(5 * FaultCount.rounds) {
                try await rig.feed(upTo: 20)
                if round == 0 { for worker in rig.crew { try await rig.works(worker) } }
                try await rig.backends(function)
                try await rig.struck()
                try await rig.recovers()
            }
        }
    }

    @Test("one backend is killed, which resets the whole server")
    func killedBackend() async throws {
        try await PrivateServer.run { server in
            try await Rig.play("backend kill -9", on: server, crew: 2) { rig in
                for _ in 0..<FaultCount.rounds {
                    try await rig.feed(upTo: 24)
                    for worker in rig.crew { try await rig.works(worker) }
                    let row = try await rig.scene.row(
                        """
                        SELECT pid FROM pg_stat_activity
                        WHERE application_name = 'agent-worker' ORDER BY query_start DESC LIMIT 1
                        """)
                    kill(pid_t(row["pid"]?.intValue ?? 0), SIGKILL)
                    try await rig.recovers()
                    try await rig.struck()
                }
            }
        }
    }

    @Test("the hot row of an agent's counters is held for longer than a lock is waited for")
    func lockTimeout() async throws {
        try await Rig.play("row locked beyond lock_timeout", crew: 2) { rig in
            for _ in 0..<FaultCount.rounds {
                try await rig.hasCounters()
                let holder = try await rig.connect()
                try await holder.query("BEGIN")
                try await holder.query("UPDATE agent_stats SET run_count = run_count")
                try await rig.feed(12)
                try await rig.line("lock timeout", of: rig.crew, within: .seconds(30))
                try await holder.query("ROLLBACK")
                await holder.close()
                try await rig.struck()
                try await rig.recovers()
            }
        }
    }

    @Test("a settlement is the victim of a deadlock")
    func deadlock() async throws {
        try await Rig.play("deadlock", crew: 1) { rig in
            for _ in 0..<FaultCount.rounds {
                try await rig.hasCounters()
                let other = try await rig.connect()
                // The worker is to be the one that looks for deadlocks first.
                try await other.query("SET deadlock_timeout = '60s'")
                try await other.query("BEGIN")
                try await other.query(
                    "UPDATE agent_intensity_metrics SET total_executions = total_executions")
                try await rig.feed(9)
                try await eventually(within: .seconds(30), "a settlement that waits for us") {
                    try await rig.scene.count(
                        "pg_stat_activity",
                        where: """
                            application_name = 'agent-worker' AND wait_event_type = 'Lock'
                            AND query LIKE '%settle_jobs%' AND datname = current_database()
                            """) > 0
                }
                try await other.query("UPDATE agent_stats SET run_count = run_count")
                try await other.query("ROLLBACK")
                await other.close()
                try await rig.line("deadlock detected", of: rig.crew, within: .seconds(30))
                try await rig.struck()
                try await rig.recovers()
            }
        }
    }

    @Test("the server has no connection left")
    func withoutConnections() async throws {
        try await PrivateServer.run { server in
            let setUp = try await connect(server.url)
            try await setUp.query("ALTER SYSTEM SET max_connections = 30")
            await setUp.close()
            // The command line of `deploy/private-postgres` goes before the file.
            try await server.restart(options: "-c max_connections=30")
            try await Rig.play(
                "connections exhausted", on: server, crew: 1,
                settings: ["AGENT_WORKER_JOB_CONNECTIONS": "4"]
            ) { rig in
                for _ in 0..<FaultCount.rounds {
                    try await rig.feed(upTo: 24)
                    try await rig.works(rig.crew[0])
                    var hoard: [PostgresConnection] = []
                    try await rig.backends("pg_terminate_backend")
                    while hoard.count < 60, let one = try? await connect(server.url) {
                        hoard.append(one)
                        try await rig.backends("pg_terminate_backend")
                    }
                    try await rig.line("too many clients", of: rig.crew, within: .seconds(30))
                    for one in hoard { await one.close() }
                    try await rig.struck()
                    try await rig.recovers()
                }
            }
        }
    }

    private func connect(_ url: String) async throws -> PostgresConnection {
        try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: url, applicationName: "hoard"),
            on: TestDatabase.loop)
    }
}
