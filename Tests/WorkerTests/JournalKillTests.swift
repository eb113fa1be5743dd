import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// What a crash costs: a workflow of ten model calls, its worker killed at each journalled boundary.
@Suite("Killed at journalled boundaries", .serialized)
struct JournalKillTests {
    static let calls = 10

    private struct Row {
        let boundary: Int
        let moment: String
        let requests: Int
        let unknown: Int
    }

    @Test("ten calls stay ten, one more only where a call was in flight and the ledger says so")
    func boundaries() async throws {
        var table: [Row] = []
        try await Scene.play(stub: ["--latency", "60ms"]) { scene in
            let agent = try await scene.agent(workflow: Self.workflow)
            for boundary in 1...Self.calls {
                for inFlight in [false, true] {
                    table.append(try await kill(at: boundary, inFlight, scene, agent))
                }
            }
        }
        Self.show(table)
        for row in table {
            #expect(row.unknown <= 1)
            // An intent may have been committed and its request not yet sent.
            #expect(
                (Self.calls...Self.calls + row.unknown).contains(row.requests),
                "boundary \(row.boundary): \(row.requests)")
        }
    }

    /// Kills the worker once the call number `boundary` is in flight, or its reply journalled, and lets
    /// another worker end the job.
    private func kill(
        at boundary: Int, _ inFlight: Bool, _ scene: Scene, _ agent: UUID
    ) async throws -> Row {
        let before = try await requests(scene)
        let settings = ["AGENT_WORKER_LEASE": Patience.lease(seconds: 1)]
        let worker = try await scene.worker(settings)
        let id = try await scene.job("orchestrator", agent: agent)
        try await eventually(within: .seconds(30), "call \(boundary) of job \(id)") {
            if inFlight { return try await requests(scene) - before >= boundary }
            return try await scene.count(
                "token_usage", where: "job_id = \(id) AND status = 'settled'") >= boundary
        }
        worker.terminate(SIGKILL)
        try await worker.waitForExit()
        let second = try await scene.worker(settings)
        let job = try await scene.end(of: id)
        #expect(job["state"] == "completed", "\(job.serialized)")
        second.terminate(SIGKILL)
        try await second.waitForExit()
        return Row(
            boundary: boundary, moment: inFlight ? "in flight" : "journalled",
            requests: try await requests(scene) - before,
            unknown: try await scene.count(
                "token_usage", where: "job_id = \(id) AND status = 'unknown'"))
    }

    /// What the provider has been asked so far.
    private func requests(_ scene: Scene) async throws -> Int {
        try await scene.stub.requests()["total"]?.intValue ?? 0
    }

    private static var workflow: JSONValue {
        .array(
            (1...calls).map { number in
                var step: JSONObject = [
                    "id": .string("s\(number)"), "type": "llm_decision",
                    "prompt": .string("Decide number \(number)"),
                ]
                if number > 1 { step["dependencies"] = [.string("s\(number - 1)")] }
                return .object(step)
            })
    }

    private static func show(_ table: [Row]) {
        print("killed at call | moment     | requests the provider saw | unknown in the ledger")
        for row in table {
            let call =
                String(repeating: " ", count: 14 - "\(row.boundary)".count) + "\(row.boundary)"
            let moment = row.moment.padding(toLength: 10, withPad: " ", startingAt: 0)
            print("\(call) | \(moment) | \(row.requests) | \(row.unknown)")
        }
    }
}
