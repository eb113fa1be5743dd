import Foundation
import Postgres
import TestSupport
import Testing

/// The real executable under a service manager of our own.
@Suite("agent-worker under a service manager")
struct ServiceNotificationTests {
    private static let database = SuiteDatabase(migrated: true)

    private func worker(
        _ socket: NotifySocket, _ settings: [String: String?]
    ) throws -> TestProcess {
        var environment: [String: String?] = [
            "NOTIFY_SOCKET": socket.address, "WATCHDOG_PID": nil, "CREDENTIALS_DIRECTORY": nil,
            "OPENAI_API_KEY": nil, "OPENAI_BASE_URL": nil, "SWIFT_BACKTRACE": "enable=no",
        ]
        for (name, value) in settings { environment[name] = value }
        return try TestProcess(Binary.path("agent-worker"), ["run"], environment: environment)
    }

    @Test(
        "it says when it is ready, that it lives, that it stops, and asks for time while it drains",
        arguments: NotifySocket.Kind.allCases)
    func life(kind: NotifySocket.Kind) async throws {
        let stub = try TestProcess(
            Binary.path("model-stub"), ["--latency", "600s", "--die-with-parent"])
        defer { stub.terminate() }
        let listening = try await stub.waitForLine(containing: "listening on ")
        let address = String(listening.split(separator: " ").last ?? "")
        let database = try await Self.database.get()
        let connection = try await database.connect()
        let socket = try NotifySocket(kind)
        let queue = "life-\(kind.rawValue)"
        let worker = try worker(
            socket,
            [
                "DATABASE_URL": database.url, "OPENAI_BASE_URL": address + "/v1",
                "WATCHDOG_USEC": "200000", "AGENT_WORKER_QUEUES": queue,
                "AGENT_WORKER_DRAIN_TIMEOUT": "10m",
            ])
        defer { worker.terminate(SIGKILL) }

        try await socket.waitForLine("READY=1")
        #expect(socket.lines.first { $0 == "READY=1" || $0 == "STOPPING=1" } == "READY=1")
        // Two, so that it is fed again and again.
        try await socket.waitForLine("WATCHDOG=1")
        try await socket.waitForLine("WATCHDOG=1", after: socket.lines.count)

        // A job that never ends by itself: the model takes ten minutes.
        try await connection.query(
            "SELECT enqueue_job('generation', '{\"prompt\": \"Wait\"}', queue => $1)",
            [.text(queue)])
        func job(_ column: String) async throws -> String {
            let rows = try await connection.query(
                "SELECT \(column)::text AS value FROM jobs WHERE queue = $1", [.text(queue)])
            return try rows.first?.decode(String.self, "value") ?? ""
        }
        // Its call, not its claim: a job whose claim is still on its way at the stop is given back.
        try await eventually("the job's model call") {
            try await job("(SELECT count(*) FROM token_usage t WHERE t.job_id = jobs.id)") == "1"
        }

        worker.terminate()
        try await socket.waitForLine("STOPPING=1")
        let extension1 = try await socket.waitForLine("EXTEND_TIMEOUT_USEC=")
        let time = Int(extension1.split(separator: "=").last ?? "") ?? 0
        // More than the pause between two of them, else systemd would lose its patience in between.
        #expect(time > 4_000_000)
        try await socket.waitForLine("EXTEND_TIMEOUT_USEC=", after: socket.lines.count)
        try await socket.waitForLine("WATCHDOG=1", after: socket.lines.count)
        #expect(worker.isRunning)

        worker.terminate()
        #expect(try await worker.waitForExit() == .code(0))
        #expect(try await job("state") == "available")
        #expect(try await job("attempt") == "0")
        try await connection.query(
            "SELECT cancel_job(id) FROM jobs WHERE queue = $1", [.text(queue)])
        await connection.close()
    }

    @Test("without a database it is not ready, says why, and stops when told to")
    func noDatabase() async throws {
        let socket = try NotifySocket(.path)
        let worker = try worker(
            socket, ["DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"])
        defer { worker.terminate(SIGKILL) }
        try await socket.waitForLine("STATUS=waiting for the database")
        worker.terminate()
        try await socket.waitForLine("STOPPING=1")
        #expect(try await worker.waitForExit(timeout: .seconds(10)) == .code(0))
        #expect(!socket.lines.contains("READY=1"))
    }

    @Test("settings that cannot be used end it with the code that systemd does not restart")
    func badSettings() async throws {
        let socket = try NotifySocket(.path)
        let worker = try worker(
            socket, ["AGENT_WORKER_CONCURRENCY": "none", "AGENT_WORKER_LEASE": "1 week"])
        #expect(try await worker.waitForExit() == .code(78))
        #expect(worker.stderr.contains("AGENT_WORKER_CONCURRENCY=none"))
        #expect(worker.stderr.contains("AGENT_WORKER_LEASE=1 week"))
        let unit = try String(
            contentsOfFile: PackageRoot.path("deploy/agent-worker.service"), encoding: .utf8)
        #expect(unit.contains("\nRestartPreventExitStatus=78\n"))
    }
}
