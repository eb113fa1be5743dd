import Foundation
import Postgres
import Synchronization
import TestSupport
import WorkerTestSupport

/// Two members under Patroni with an etcd of their own: Patroni says which of them takes writes, and a commit waits for the other.
final class Patroni: Sendable {
    /// libpq URL with both members and `target_session_attrs=read-write`.
    let url: String
    private let directory: String
    private let ports: [UInt16]
    private let processes = Mutex<[String: TestProcess]>([:])

    private init(directory: String, ports: [UInt16]) {
        self.directory = directory
        self.ports = ports
        let members = ports[..<2]
        url =
            "postgresql://postgres@/postgres?host=\(members.map { _ in "127.0.0.1" }.joined(separator: ","))"
            + "&port=\(members.map(String.init).joined(separator: ","))"
            + "&target_session_attrs=read-write&connect_timeout=2"
    }

    /// Starts one, migrates it, runs `body` and removes it; only a line that says so where there is none.
    static func run(_ body: (Patroni) async throws -> Void) async throws {
        guard
            ["patroni", "patronictl", "etcd"].allSatisfy({
                FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
            })
        else {
            return print(
                "skipped: there is no Patroni (Debian: apt install patroni etcd-server python3-etcd)"
            )
        }
        // Below /tmp, where its user may enter.
        let directory = "/tmp/patroni.\(UUID().uuidString.prefix(8))"
        let patroni = Patroni(directory: directory, ports: try freePorts(6))
        do {
            try await patroni.start()
            try await body(patroni)
        } catch {
            for (name, process) in patroni.processes.withLock({ $0 }) {
                print("--- output of \(name)")
                for line in process.lines.suffix(60) { print(line.text) }
            }
            await patroni.end()
            throw error
        }
        await patroni.end()
    }

    /// The leader's number, of a cluster whose other member is in step with it.
    func leader() async throws -> Int {
        var leader: Int?
        try await eventually(within: .seconds(90), "a leader and a member in step with it") {
            let list = try await control("list", "--format", "tsv")
            leader = (0..<2).first { list.contains("member\($0)\t127.0.0.1:\(ports[$0])\tLeader") }
            return leader != nil && list.contains("\tSync Standby\t")
        }
        return leader ?? 0
    }

    /// Hands over in good order, as before an upgrade of the machine.
    func switchOver() async throws {
        let old = try await leader()
        _ = try await control(
            "switchover", "--leader", "member\(old)", "--candidate", "member\(1 - old)", "--force")
        // Its exit code is 0 after a failure, too.
        try await isPrimary(1 - old)
    }

    /// The leader's machine is gone from one moment to the next: Patroni, the server and its backends. Returns once the other leads.
    func killLeader() async throws {
        let old = try await leader()
        signal(old, SIGKILL)
        try await ServerShell.run(
            """
            pid=$(head -n 1 "\(data(old))/postmaster.pid"); children=$(pgrep -P "$pid")
            kill -9 "$pid" $children 2>/dev/null || true
            """)
        try await isPrimary(1 - old)
        // Its machine is back.
        try launch(old)
    }

    /// The leader's Patroni hangs, its server does not: for a while both take writes. Returns once the old one has given in.
    ///
    /// The hung Patroni is killed and started again, as a supervisor does it: one that merely wakes in the middle of its round may take
    /// the lead back from the new primary (seen of Patroni 3.0), and then the two never come in step again.
    func splitBrain() async throws {
        let old = try await leader()
        signal(old, SIGSTOP)
        try await isPrimary(1 - old)
        guard await takesWrites(old) else {
            throw SceneError(description: "the old primary gave in by itself")
        }
        try await Rig.pass(.seconds(4))
        signal(old, SIGKILL)
        try launch(old)
        try await eventually(within: .seconds(60), "the old primary gives in") {
            await !takesWrites(old)
        }
    }

    private func start() async throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o777])
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory)
        // They must not outlive tests that were killed.
        try Reaper.atExit(
            #"for p in $(pgrep -f "$1"); do [ "$p" = $$ ] || kill -9 "$p"; done; rm -rf "$1""#,
            [directory])
        try await ServerShell.run("ln -s \"$bin\" \"\(directory)/bin\"")
        let (client, peer) = ("http://127.0.0.1:\(ports[4])", "http://127.0.0.1:\(ports[5])")
        let etcd = try TestProcess(
            "/bin/sh",
            ServerShell.arguments(
                "/usr/bin/etcd",
                [
                    "--data-dir", directory + "/etcd", "--listen-client-urls", client,
                    "--advertise-client-urls", client, "--listen-peer-urls", peer,
                ]))
        processes.withLock { $0["etcd"] = etcd }
        try launch(0)
        try await isPrimary(0)
        try launch(1)
        _ = try await leader()
        try await PrivateServer.migrate(url)
    }

    private func end() async {
        let all = processes.withLock { $0.values }
        for process in all { process.terminate(SIGKILL) }
        // Not the end of their output, which the servers hold open.
        try? await eventually("the end of Patroni and etcd") { all.allSatisfy { !$0.isRunning } }
        for member in 0..<2 {
            try? await ServerShell.run(
                "\"$bin/pg_ctl\" -D \"\(data(member))\" -s -m immediate stop || true")
        }
        try? await ServerShell.run("rm -rf \"\(directory)\"/*")
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Starts a member's Patroni, which starts its server.
    private func launch(_ member: Int) throws {
        let path = "\(directory)/member\(member).yml"
        try """
        scope: trial
        name: member\(member)
        etcd3: {hosts: "127.0.0.1:\(ports[4])"}
        restapi: {listen: "127.0.0.1:\(ports[2 + member])", connect_address: "127.0.0.1:\(ports[2 + member])"}
        bootstrap:
          dcs:
            ttl: 10
            loop_wait: 2
            retry_timeout: 3
            synchronous_mode: true
            postgresql:
              use_pg_rewind: true
              parameters: {max_connections: 300, wal_log_hints: "on", wal_keep_size: 256MB}
          initdb: [{encoding: UTF8}, {locale: C}, {auth: trust}]
          pg_hba: [local all all trust, host all all 127.0.0.1/32 trust, host replication all 127.0.0.1/32 trust]
        postgresql:
          listen: "127.0.0.1:\(ports[member])"
          connect_address: "127.0.0.1:\(ports[member])"
          data_dir: \(data(member))
          bin_dir: \(directory)/bin
          pgpass: \(directory)/pgpass\(member)
          authentication: {superuser: {username: postgres}, replication: {username: postgres}}
          parameters: {unix_socket_directories: \(directory)}
        """.write(toFile: path, atomically: true, encoding: .utf8)
        let process = try TestProcess(
            "/bin/sh", ServerShell.arguments("/usr/bin/patroni", [path]))
        processes.withLock { $0["member\(member)"] = process }
    }

    private func signal(_ member: Int, _ signal: Int32) {
        processes.withLock { $0["member\(member)"] }?.terminate(signal)
    }

    private func data(_ member: Int) -> String { "\(directory)/data\(member)" }

    private func isPrimary(_ member: Int) async throws {
        try await eventually(within: .seconds(60), "member\(member) takes writes") {
            await takesWrites(member)
        }
    }

    private func takesWrites(_ member: Int) async -> Bool {
        let session = try? await PostgresConnection.connect(
            PostgresConfiguration(
                connectionString: "postgresql://postgres@127.0.0.1:\(ports[member])/postgres"
                    + "?target_session_attrs=read-write&connect_timeout=2",
                applicationName: "tests"), on: TestDatabase.loop)
        await session?.close()
        return session != nil
    }

    /// Runs patronictl to its successful end and answers what it printed.
    private func control(_ arguments: String...) async throws -> String {
        let process = try TestProcess(
            "/usr/bin/patronictl", ["-c", directory + "/member0.yml"] + arguments)
        guard try await process.waitForExit(timeout: .seconds(60)) == .code(0) else {
            throw SceneError(description: "patronictl \(arguments): \(process.stderr)")
        }
        return process.stdout
    }
}
