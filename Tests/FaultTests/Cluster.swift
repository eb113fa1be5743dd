import Foundation
import TestSupport
import WorkerTestSupport

/// A primary and a streaming standby, and the URL that finds whichever of them takes writes.
struct Cluster {
    let primary: PrivateServer
    /// libpq URL with both hosts and `target_session_attrs=read-write`.
    let url: String
    private let standby: String
    private let sockets: (primary: String, standby: String)

    /// Starts both, runs `body` and removes them. `synchronous`: a commit waits for the standby.
    static func run(synchronous: Bool, _ body: (Cluster) async throws -> Void) async throws {
        try await PrivateServer.run { primary in
            let socket = String(primary.url.split(separator: "=").last ?? "")
            let other = socket + "/standby"
            let data = primary.directory + "/standby"
            let cluster = Cluster(
                primary: primary,
                url: "postgresql:///postgres?host=\(socket),\(other)&port=5432,5432&user=postgres"
                    + "&target_session_attrs=read-write&connect_timeout=2",
                standby: data, sockets: (socket, other))
            try await ServerShell.run(
                """
                mkdir -p "\(other)" && cd / &&
                psql -Xq -h "\(socket)" -U postgres -c "ALTER SYSTEM SET wal_keep_size = '256MB'" &&
                psql -Xq -h "\(socket)" -U postgres -c 'SELECT pg_reload_conf()' >/dev/null
                """)
            try await SmallDisk.shell(
                "mkdir -p '\(data)' && chmod 700 '\(data)' && if [ \"$(id -u)\" = 0 ]; then chown postgres '\(data)'; fi"
            )
            try await ServerShell.run(
                """
                most=$(psql -XqAt -h "\(socket)" -U postgres -c "SHOW max_connections") &&
                "$bin/pg_basebackup" -h "\(socket)" -U postgres -D "\(data)" -R -X stream -C -S second -c fast &&
                "$bin/pg_ctl" -D "\(data)" -s -w -t 60 -l "\(data)/server.log" \
                -o "-c listen_addresses='' -c unix_socket_directories=\(other) -c max_connections=$most" start
                """)
            if synchronous {
                try await ServerShell.run(
                    """
                    psql -Xq -h "\(socket)" -U postgres -c "ALTER SYSTEM SET synchronous_standby_names = '*'" &&
                    psql -Xq -h "\(socket)" -U postgres -c 'SELECT pg_reload_conf()' >/dev/null
                    """)
            }
            do {
                try await body(cluster)
            } catch {
                try? await cluster.stop()
                throw error
            }
            try await cluster.stop()
        }
    }

    /// The primary's machine is gone from one moment to the next; the standby becomes the primary.
    /// `lag`: for so long before, nothing reached the standby.
    func failOver(lag: Duration?) async throws {
        if let lag {
            try await ServerShell.run(
                "pkill -STOP -P $(head -n 1 \(primary.directory)/data/postmaster.pid) -f walsender")
            try await Rig.pass(lag)
        }
        // The backends with it: a crashed machine acknowledges nothing more.
        try await ServerShell.run(
            """
            pid=$(head -n 1 "\(primary.directory)/data/postmaster.pid")
            children=$(pgrep -P "$pid"); kill -9 "$pid" $children 2>/dev/null || true
            "$bin/pg_ctl" -D "\(standby)" -s -w -t 60 promote
            """)
    }

    private func stop() async throws {
        try await ServerShell.run(
            """
            "$bin/pg_ctl" -D "\(standby)" -s -m immediate stop || true
            rm -rf "\(sockets.standby)"
            """)
    }
}
