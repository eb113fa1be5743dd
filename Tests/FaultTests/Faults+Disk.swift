import Foundation
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    @Test("the disk under the tables is full, and is given space again")
    func tableDiskFull() async throws {
        try await PrivateServer.run { server in
            guard let disk = try await SmallDisk.mount(server.directory + "/tables", megabytes: 40)
            else { return }
            defer { disk.unmount() }
            try await Rig.play("table disk full", on: server, crew: 2) { rig in
                try await rig.scene.pool.withConnection {
                    try await $0.execute(
                        script: "CREATE TABLESPACE small LOCATION '\(disk.path)'")
                    for table in [
                        "jobs", "job_attempts", "agent_executions", "agent_logs", "token_usage",
                        "run_steps",
                    ] {
                        try await $0.execute(script: "ALTER TABLE \(table) SET TABLESPACE small")
                    }
                }
                for _ in 0..<FaultCount.rounds {
                    try await rig.feed(20)
                    try await rig.recovers()
                    try await rig.feed(100)
                    try await rig.shell("head -c 60M /dev/zero >'\(disk.path)/filler' || true")
                    try await rig.line("53100", of: rig.crew, within: .seconds(60))
                    try await rig.shell("rm -f '\(disk.path)/filler'")
                    try await rig.struck()
                    try await rig.recovers()
                }
            }
        }
    }

    @Test("the disk under the write-ahead log is full: the server panics, and comes back")
    func logDiskFull() async throws {
        try await PrivateServer.run { server in
            let log = server.directory + "/data/pg_wal"
            try await server.crash()
            guard let disk = try await SmallDisk.mount(server.directory + "/wal", megabytes: 100)
            else { return try await server.revive() }
            defer { disk.unmount() }
            try await SmallDisk.shell(
                "cp -a '\(log)/.' '\(disk.path)/' && mv '\(log)' '\(log).old' && ln -s '\(disk.path)' '\(log)'"
            )
            try await server.revive()
            try await Rig.play("WAL disk full", on: server, crew: 2) { rig in
                for _ in 0..<FaultCount.rounds {
                    try await rig.feed(40)
                    try await rig.works(rig.crew[0])
                    try await rig.shell("head -c 200M /dev/zero >'\(disk.path)/filler' || true")
                    // Written until a new segment is wanted and cannot be had.
                    try await eventually(within: .seconds(60), "the panic of the server") {
                        (try? await rig.scene.pool.query("SELECT pg_switch_wal()")) == nil
                    }
                    try await rig.shell("rm -f '\(disk.path)/filler'")
                    try await server.revive()
                    try await rig.struck()
                    try await rig.recovers()
                }
            }
            try await server.crash()
            try await SmallDisk.shell(
                "rm '\(log)' && cp -a '\(disk.path)' '\(log)' && rm -rf '\(log).old'")
        }
    }
}
