import JSON
import Jobs
import Journal

@testable import Worker

/// Runs a job as its script says.
// Unchecked: like all of a simulation, touched by its one thread only.
struct ScriptedHandler: JobHandler, @unchecked Sendable {
    let kind: String
    let process: Process
    let lease: LeaseState
    let scripts: Scripts
    let auditor: Auditor

    func run(_ job: ClaimedJob, journal: any Journal) async -> HandledRun {
        auditor.began(job, on: process)
        defer { auditor.returned(job.attemptID) }
        return await withTaskCancellationHandler {
            let script = scripts[job.id]
            let handled = await play(script, job, journal)
            if Task.isCancelled, script.slowness > .zero {
                let process = process
                // Waits although it is cancelled.
                await Task(executorPreference: process) {
                    try? await process.rest(for: script.slowness)
                }.value
            }
            return handled
        } onCancel: {
            auditor.stopped(job.attemptID)
        }
    }

    private func play(
        _ script: JobScript, _ job: ClaimedJob, _ journal: any Journal
    ) async -> HandledRun {
        do {
            for (place, call) in script.calls.enumerated() {
                let step = JournalStep(
                    key: "call\(place)", kind: .step, fingerprint: "", effect: .none)
                _ = try await journal.perform(step) { try await pay(call, place, job) }
                act(job)
            }
            return try await end(script, job, journal)
        } catch let failure as RunFailure {
            return HandledRun(failure: failure)
        } catch let suspension as Suspension {
            return HandledRun(suspension: suspension)
        } catch {
            return HandledRun(
                failure: RunFailure(.cancelled, code: "CANCELLED", message: "stopped"))
        }
    }

    private func pay(_ call: JobScript.Call, _ place: Int, _ job: ClaimedJob) async throws
        -> JSONValue
    {
        try await process.rest(for: call.time)
        let tries = scripts.count("\(job.id)/\(place)")
        if tries < call.failures.count { throw call.failures[tries] }
        return .null
    }

    /// An effect that is not journalled, as a plugin's: done under a healthy lease only.
    private func act(_ job: ClaimedJob) {
        guard lease.isHealthy, !Task.isCancelled else { return }
        auditor.acts(job, process)
    }

    private func end(
        _ script: JobScript, _ job: ClaimedJob, _ journal: any Journal
    ) async throws -> HandledRun {
        switch script.ending {
        case .success: return HandledRun(output: ["done": true])
        case .failure(let failure): return HandledRun(failure: failure)
        case .hang:
            try await process.rest(for: .seconds(100_000))
            return HandledRun(output: ["done": true])
        case .hold(let time, let times):
            if scripts.count("\(job.id)/hold") < times {
                throw Suspension.limit(key: "budget:1:x", reason: "scripted", for: time)
            }
            return HandledRun(output: ["done": true])
        case .wait(let limit):
            _ = try await journal.wait(
                for: ExternalEvent(
                    key: "event", kind: "human_approval", request: [:], timeout: limit))
            return HandledRun(output: ["done": true])
        case .poison: return HandledRun(output: .string(SimulatedDatabase.poison))
        }
    }
}
