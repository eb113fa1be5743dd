/// The peers that PyPI has. A new one is a script in `Peers` and a line here.
struct PeerCatalog: Sendable {
    let bench: Bench

    var queues: [Peer] {
        [
            peer("pgqueuer", ["pgqueuer", "asyncpg", "uvloop"], PackageResources.pgqueuer_peer_py),
            peer(
                "procrastinate", ["procrastinate", "psycopg[binary,pool]"],
                PackageResources.procrastinate_peer_py),
            peer("oban", ["oban", "psycopg[binary,pool]"], PackageResources.oban_peer_py),
        ]
    }

    var workflows: [Peer] {
        [
            peer("dbos", ["dbos"], PackageResources.dbos_peer_py),
            peer(
                "langgraph",
                ["langgraph", "langgraph-checkpoint-postgres", "psycopg[binary,pool]"],
                PackageResources.langgraph_peer_py),
        ]
    }

    private func peer(_ name: String, _ packages: [String], _ script: [UInt8]) -> Peer {
        Peer(bench: bench, name: name, packages: packages, script: script)
    }
}
