import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog

@testable import Worker

/// The journal of one attempt, in the simulated database: an intent committed before each paid
/// call, its reply committed before it is used, both fenced, as `AttemptJournal` does.
// Unchecked: like all of a simulation, touched by its one thread only.
final class ScriptedJournal: CountedJournal, @unchecked Sendable {
    private let link: Link
    private let job: ClaimedJob
    private let auditor: Auditor
    private var steps: Set<String>?
    private(set) var counts = JournalCounts()

    init(_ link: Link, of job: ClaimedJob, _ auditor: Auditor) {
        self.link = link
        self.job = job
        self.auditor = auditor
    }

    private var database: SimulatedDatabase { link.network.database }

    func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        try Task.checkCancellation()
        if try await past().contains(step.key), database.mutation != .noReplay {
            counts.replayed += 1
            return .null
        }
        guard
            try await ask("open call", { [database, job] in database.holds(job.id, job.attemptID) })
        else { throw lost }
        auditor.pays(step.key, of: job.id, job.attemptID, link.process)
        let output = try await body()
        auditor.paid(step.key, of: job.id)
        guard try await close(step.key) else { throw lost }
        counts.performed += 1
        return output
    }

    func wait(for event: ExternalEvent) async throws -> JSONValue {
        let answer = try await ask("await event") { [database, job] in
            database.awaitEvent(
                of: job.id, job.attemptID, timeout: event.timeout ?? .seconds(3600))
        }
        guard let answer else { throw lost }
        if answer { return ["decision": "approve"] }
        throw Suspension(key: event.key, reason: event.kind)
    }

    func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        throw RunFailure(.tool, code: "NOT_SCRIPTED", message: "scripts pay by steps")
    }

    private func past() async throws -> Set<String> {
        if let steps { return steps }
        let read = try await ask("read journal") { [database, job] in
            Set(database[job.id]?.steps.keys.map { $0 } ?? [])
        }
        steps = read
        return read
    }

    /// Tried again for a while: the call is paid for.
    private func close(_ step: String) async throws -> Bool {
        let deadline = link.process.timing.now() + .seconds(20)
        while true {
            do {
                return try await link.exchange("close call", deadline: .seconds(10)) {
                    [database, job] in database.keep(step, of: job.id, job.attemptID)
                }
            } catch {
                guard error.isTransient || error.isStorageFault, !Task.isCancelled,
                    link.process.timing.now() < deadline
                else { throw unavailable }
                try? await link.process.rest(for: .milliseconds(100))
            }
        }
    }

    private func ask<Answer: Sendable>(
        _ verb: String, _ statement: @escaping () -> Answer
    ) async throws -> Answer {
        do {
            return try await link.exchange(verb, deadline: .seconds(10), statement)
        } catch {
            throw unavailable
        }
    }

    private var lost: RunFailure {
        RunFailure(.transport, code: "LEASE_LOST", message: "no call was made")
    }

    private var unavailable: RunFailure {
        RunFailure(.transport, code: "DATABASE_UNAVAILABLE", message: "the journal was not written")
    }
}
