import Foundation
import JSON
import Postgres
import Synchronization
import TestSupport
import Testing
import WorkerTestSupport

/// A scene under a steady load of all three kinds, the workers that serve it, and the books that
/// say whether a fault lost, doubled or paid anything again.
final class Rig: Sendable {
    struct State {
        var row: FaultRow
        /// Jobs whose INSERT was acknowledged.
        var acknowledged: [Int64] = []
        var crew: [TestProcess] = []
        var broken: Set<String> = []
    }

    let scene: Scene
    let agent: UUID
    /// Of every worker of the crew.
    let settings: [String: String]
    let state: Mutex<State>

    private init(_ fault: String, _ scene: Scene, _ settings: [String: String]) async throws {
        self.scene = scene
        agent = try await scene.agent(
            plugins: ["shop"], workflow: try Self.workflow(), prompt: "List the items")
        let short = [
            "AGENT_WORKER_LEASE": "1s", "AGENT_WORKER_CONCURRENCY": "6",
            "AGENT_WORKER_PLUGINS": try scene.shop(),
        ]
        self.settings = scene.shortTimes.merging(short) { $1 }.merging(settings) { $1 }
        state = Mutex(State(row: FaultRow(fault: fault)))
    }

    /// Plays a fault: `body` injects it; afterwards all jobs must end, and the books must balance.
    /// With `mayForget` the database may have lost what it had acknowledged: that is counted, and no
    /// failure.
    static func play(
        _ fault: String, on server: PrivateServer? = nil, at url: String? = nil, latency: Int = 30,
        crew: Int = 2, settings: [String: String] = [:], mayForget: Bool = false,
        _ body: (Rig) async throws -> Void
    ) async throws {
        let options = ["--latency", "\(latency)ms"]
        func act(_ scene: Scene) async throws {
            let rig = try await Rig(fault, scene, settings)
            try await rig.openBooks()
            for _ in 0..<crew { try rig.join() }
            try await body(rig)
            try await rig.closeBooks(mayForget: mayForget)
        }
        if let url = url ?? server?.url {
            try await Scene.play(at: url, stub: options, act)
        } else {
            try await Scene.play(stub: options, act)
        }
    }

    /// Starts a worker and takes it into the crew, at `place` if given.
    @discardableResult
    func join(_ place: Int? = nil, _ more: [String: String] = [:]) throws -> TestProcess {
        let worker = try scene.startWorker(settings.merging(more) { $1 })
        state.withLock {
            if let place { $0.crew[place] = worker } else { $0.crew.append(worker) }
        }
        return worker
    }

    var crew: [TestProcess] { state.withLock { $0.crew } }

    /// Kills a worker of the crew and lets another come in its place.
    func kill(_ place: Int) async throws {
        crew[place].terminate(SIGKILL)
        try join(place)
    }

    /// Counts a strike and asks for the invariants; called after each.
    func struck(look: Bool = true) async throws {
        state.withLock { $0.row.runs += 1 }
        if look { try await self.look() }
    }

    /// Asks for the invariants; a database that is away is asked again.
    func look() async throws {
        let violations = try await patiently { try await scene.violations() }
        state.withLock { $0.broken.formUnion(violations) }
    }

    /// Waits until a job ends that had not ended when the fault did, and notes how long that took.
    func recovers(within limit: Duration = .seconds(30)) async throws {
        let start = ContinuousClock.now
        try await feed(6)
        let ended = try await patiently {
            try await scene.count("jobs", where: "finished_at IS NOT NULL")
        }
        try await eventually(within: limit, "a job that ends after the fault") {
            (try? await scene.count("jobs", where: "finished_at IS NOT NULL")) ?? 0 > ended
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        state.withLock { $0.row.recovery = max($0.row.recovery ?? 0, seconds) }
    }

    /// Tries again while the database is away.
    func patiently<T: Sendable>(
        within limit: Duration = .seconds(60), _ body: () async throws -> T
    ) async throws -> T {
        let start = ContinuousClock.now
        while true {
            do {
                return try await body()
            } catch let error as PostgresError {
                guard start.duration(to: .now) < limit, error.sqlState?.hasPrefix("42") != true
                else { throw error }
                try await Rig.pass(.milliseconds(50))
            }
        }
    }

    /// Lets a fault last.
    static func pass(_ time: Duration) async throws {
        let moment = ContinuousClock.now + time
        try await eventually(within: time + .seconds(60), "the moment") { .now >= moment }
    }

    private static func workflow() throws -> JSONValue {
        let path = PackageRoot.path("Tests/WorkerTests/Resources/workflow.json")
        return try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: path))))
    }
}
