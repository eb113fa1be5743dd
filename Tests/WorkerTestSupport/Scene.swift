import Foundation
import JSON
import Postgres
import Synchronization
import TestSupport

/// What one end-to-end test plays on: a migrated database, a model server and the processes it
/// starts, all of its own.
public final class Scene: Sendable {
    /// libpq URL of the database.
    public let url: String
    public let pool: PostgresPool
    public let stub: ModelStub
    /// A directory of the scene's own, removed at its end.
    public let directory: String
    private let database: TestDatabase?
    private let processes = Mutex<[TestProcess]>([])

    private init(
        url: String, database: TestDatabase?, pool: PostgresPool, stub: ModelStub,
        directory: String
    ) {
        self.url = url
        self.database = database
        self.pool = pool
        self.stub = stub
        self.directory = directory
    }

    /// Plays `body`, then ends all processes, checks the invariants and cleans up. A test that
    /// throws is shown with the output of its processes.
    public static func play(
        _ name: String = #fileID, stub options: [String] = [],
        _ body: (Scene) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.make(name, migrated: true)
        let scene = Scene(
            url: database.url, database: database, pool: database.pool(limit: 2),
            stub: try await ModelStub.start(options), directory: try makeDirectory())
        try await scene.play(body)
    }

    /// The same on another server, whose maintenance database must be migrated.
    public static func play(
        on server: PrivateServer, stub options: [String] = [],
        _ body: (Scene) async throws -> Void
    ) async throws {
        try await play(at: server.url, stub: options, body)
    }

    /// The same in a migrated database that a libpq URL leads to.
    public static func play(
        at url: String, stub options: [String] = [], _ body: (Scene) async throws -> Void
    ) async throws {
        let configuration = PostgresConfiguration(
            connectionString: url, applicationName: "tests")
        let scene = Scene(
            url: url, database: nil,
            pool: PostgresPool(configuration, loop: TestDatabase.loop, limit: 2),
            stub: try await ModelStub.start(options), directory: try makeDirectory())
        try await scene.play(body)
    }

    private func play(_ body: (Scene) async throws -> Void) async throws {
        do {
            try await body(self)
            let violations = try await self.violations()
            await end()
            if !violations.isEmpty {
                throw SceneError(description: "invariants violated: \(violations)")
            }
        } catch {
            for process in processes.withLock({ $0 }) {
                print("--- output of process \(process.pid)")
                for line in process.lines.suffix(300) { print(line.text) }
            }
            await end()
            throw error
        }
    }

    private func end() async {
        for process in processes.withLock({ $0 }) { process.terminate(SIGKILL) }
        stub.end()
        await pool.close()
        try? await database?.drop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Starts a program that ends with the scene.
    public func start(
        _ program: String, _ arguments: [String], _ settings: [String: String] = [:],
        input: String = ""
    ) throws -> TestProcess {
        try process(Binary.path(program), arguments, settings, input: input)
    }

    /// Starts an executable at a path, which ends with the scene.
    public func process(
        _ executable: String, _ arguments: [String], _ settings: [String: String] = [:],
        input: String = ""
    ) throws -> TestProcess {
        var environment: [String: String?] = [
            "DATABASE_URL": url, "CREDENTIALS_DIRECTORY": nil, "OPENAI_API_KEY": nil,
            "NOTIFY_SOCKET": nil, "JOURNAL_STREAM": nil,
        ]
        for (name, value) in settings { environment[name] = .some(value) }
        let process = try TestProcess(
            executable, arguments, environment: environment, input: input)
        processes.withLock { $0.append(process) }
        return process
    }

    /// Starts a worker with short times; `settings` go before them.
    public func startWorker(
        _ settings: [String: String] = [:], _ arguments: [String] = []
    ) throws -> TestProcess {
        try start("agent-worker", ["run"] + arguments, shortTimes.merging(settings) { $1 })
    }

    /// The settings of a scene's workers: short times, and its model server.
    public var shortTimes: [String: String] {
        [
            "AGENT_WORKER_LEASE": Patience.lease(seconds: 3), "AGENT_WORKER_POLL_INTERVAL": "200ms",
            "AGENT_WORKER_RETRY_BASE": "50ms", "AGENT_WORKER_DRAIN_TIMEOUT": "30s",
            "OPENAI_BASE_URL": stub.address + "/v1",
            // A summary is a model call of its own, which the tests of memory alone expect.
            "AGENT_WORKER_MEMORY": "off",
        ]
    }

    /// Starts a worker and waits until it claims.
    @discardableResult
    public func worker(
        _ settings: [String: String] = [:], _ arguments: [String] = []
    ) async throws -> TestProcess {
        let worker = try startWorker(settings, arguments)
        try await worker.waitForLine(containing: "worker ready")
        return worker
    }

    /// Runs a program to its end.
    public func run(
        _ program: String, _ arguments: [String], _ settings: [String: String] = [:],
        input: String = "", within limit: Duration = .seconds(30)
    ) async throws -> ProgramEnd {
        let process = try start(program, arguments, settings, input: input)
        let exit = try await process.waitForExit(timeout: limit)
        return ProgramEnd(exit: exit, output: process.stdout, errors: process.stderr)
    }

    /// Runs `agent-enqueue`.
    public func enqueue(_ arguments: String..., input: String = "") async throws -> ProgramEnd {
        try await run("agent-enqueue", arguments, input: input)
    }

    /// Writes a file of the scene and returns its path.
    public func file(_ name: String, _ text: String) throws -> String {
        let path = directory + "/" + name
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static func makeDirectory() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/scene-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        return path
    }
}
