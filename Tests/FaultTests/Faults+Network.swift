import Foundation
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    @Test("the network to the database is slow")
    func slowNetwork() async throws {
        try await network("database network slow, 60 ms a piece") { rig, proxy in
            proxy.weather = .slow(milliseconds: 60)
            try await Rig.pass(.seconds(3))
        }
    }

    @Test("the network to the database is cut, again and again")
    func cutNetwork() async throws {
        try await network("database network cut") { rig, proxy in
            for _ in 0..<10 {
                proxy.cut()
                try await Rig.pass(.milliseconds(Int.random(in: 20..<250)))
            }
        }
    }

    @Test("answers of the database are lost after their commits")
    func lostAcknowledgements() async throws {
        try await network("acknowledgement of commits lost") { rig, proxy in
            for _ in 0..<5 {
                proxy.weather = .deaf
                try await Rig.pass(.milliseconds(150))
                proxy.cut()
                proxy.weather = .clear
                try await Rig.pass(.milliseconds(250))
            }
        }
    }

    @Test("the network to the database falls silent without a word")
    func silentNetwork() async throws {
        try await network("database network silent for 3 s") { rig, proxy in
            proxy.weather = .silent
            try await Rig.pass(.seconds(3))
            // What was swallowed cannot come any more; a real network would send it again or reset.
            proxy.cut()
        }
    }

    /// A worker behind a proxy that `storm` disturbs, and one beside it, which takes over.
    private func network(
        _ name: String, _ storm: (Rig, FaultyProxy) async throws -> Void
    ) async throws {
        try await Rig.play(name, crew: 1) { rig in
            let row = try await rig.scene.row(
                """
                SELECT current_setting('unix_socket_directories') || '/.s.PGSQL.'
                    || current_setting('port') AS socket, current_database()::text AS name
                """)
            let proxy = FaultyProxy(to: row["socket"]?.stringValue ?? "")
            defer { proxy.close() }
            let url =
                "postgresql://postgres@127.0.0.1:\(proxy.port)/\(row["name"]?.stringValue ?? "")"
            let worker = try rig.join(nil, ["DATABASE_URL": url])
            for _ in 0..<FaultCount.rounds {
                try await rig.feed(upTo: 40)
                try await rig.works(worker)
                try await storm(rig, proxy)
                proxy.weather = .clear
                try await rig.struck()
                try await rig.recovers()
                // It is back itself, not only the one beside it.
                try await rig.feed(upTo: 40)
                try await rig.works(worker)
            }
            #expect(worker.isRunning)
        }
    }
}
