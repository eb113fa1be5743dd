import AgentKit
import EventLoop
import HTTP
import JSON
import Jobs
import Postgres
import RunLog

/// Runs a job again from its kept journal, to see where today's agent, prompts and program would
/// ask for something else. No model and no tool is called, and nothing is written.
public struct Replay: Sendable {
    /// What a replay found.
    public struct Report: Sendable {
        /// Calls and steps given back from the journal.
        public var replayed: Int
        public var differences: [ReplayJournal.Difference]
        /// How the replayed run failed; nil when it came to its end.
        public var failure: String?
        /// Whether its output is the job's; nil when either has none.
        public var hasSameOutput: Bool?

        /// Whether the run is that of then.
        public var isSame: Bool { differences.isEmpty && hasSameOutput != false }
    }

    /// Why a job cannot be replayed.
    public enum Refusal: Error, CustomStringConvertible {
        case notFound(Int64)
        case noJournal(Int64)
        case unknownKind(String)

        public var description: String {
            switch self {
            case .notFound(let id): "there is no finished job \(id)"
            case .noJournal(let id):
                "no journal of job \(id) is kept: set AGENT_WORKER_JOURNAL_RETENTION before it runs"
            case .unknownKind(let kind): "no handler for kind \(kind)"
            }
        }
    }

    private let settings: WorkerSettings
    private let environment: [String: String]

    /// The settings are those of the worker: they choose models, plugins and limits.
    public init(settings: WorkerSettings, environment: [String: String]) {
        self.settings = settings
        self.environment = environment
    }

    /// Replays one job. Throws `Refusal`, `SettingsError` or `PostgresError`.
    public func run(_ id: Int64) async throws -> Report {
        let configuration = PostgresConfiguration(
            connectionString: settings.databaseURL, applicationName: "agent-worker replay")
        let pool = PostgresPool(configuration, loop: EventLoop(name: "database"), limit: 2)
        let network = EventLoop(name: "network")
        let clients = [HTTPClient(loop: network), HTTPClient(loop: network)]
        do {
            let report = try await run(id, pool, clients)
            await close(pool, clients)
            return report
        } catch {
            await close(pool, clients)
            throw error
        }
    }

    private func close(_ pool: PostgresPool, _ clients: [HTTPClient]) async {
        await pool.close()
        for client in clients { await client.shutdown() }
    }

    private func run(
        _ id: Int64, _ pool: PostgresPool, _ clients: [HTTPClient]
    ) async throws -> Report {
        let found = try await pool.withConnection { try await JobQueue($0).finished(id) }
        guard let (job, output) = found else { throw Refusal.notFound(id) }
        let steps = try await pool.withConnection {
            try await JournalArchive($0).steps(of: job.executionID)
        }
        guard !steps.isEmpty else { throw Refusal.noJournal(id) }
        // Whether runs have memory today does not matter: what this one was told is in its journal.
        var settings = settings
        settings.memory.mode =
            steps.contains { $0.key == AgentMemory.recallKey } ? .on : .off
        // A lease that is never confirmed: tools that are asked all the same refuse.
        let handlers = try HandlerCatalog.handlers(
            settings, environment: environment, http: clients[0], toolHTTP: clients[1],
            pool: pool, lease: LeaseState(fenceAfter: .zero),
            catalog: HandlerCatalog.plugins(settings), mcp: nil)
        guard let handler = handlers.first(where: { $0.kind == job.kind }) else {
            throw Refusal.unknownKind(job.kind)
        }
        let journal = ReplayJournal(steps)
        let handled = await handler.run(job, journal: journal)
        if let ended = handled.ended, steps.contains(where: { $0.key == RunSummarizer.step }) {
            _ = await handler.remember(ended, of: job, journal: journal)
        }
        return Report(
            replayed: journal.replayed, differences: journal.differences,
            failure: handled.failure?.description,
            hasSameOutput: output.flatMap { then in handled.output.map { $0 == then } })
    }
}
